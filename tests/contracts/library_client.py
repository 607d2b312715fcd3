"""Drives the services of package library by stubs generated from library.proto.

usage: library_client.py STUBS INGRESS SECOND_INGRESS     prints one JSON object a line: {"call": ..., "reply" | "code": ...}
"""
import datetime
import json
import sys

sys.path.insert(0, sys.argv[1])

import grpc
import library_pb2 as pb
import library_pb2_grpc as stubs
from google.protobuf.json_format import MessageToDict


def show(name, call, request, token=None):
    metadata = [("authorization", "Bearer " + token)] if token else None
    try:
        message = call(request, timeout=5, metadata=metadata)
        reply = MessageToDict(message, preserving_proto_field_name=True)
        print(json.dumps({"call": name, "reply": reply}), flush=True)
        return message
    except grpc.RpcError as error:
        print(json.dumps({"call": name, "code": error.code().name, "details": error.details()}), flush=True)
        return None


def text(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def at(**since_now):
    return text(datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**since_now))


def noon(**since_noon):
    """12:00 UTC of this day: opening hours in Berlin, summer and winter."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return text(now.replace(hour=12, minute=0, second=0) + datetime.timedelta(**since_noon))


ingress = grpc.insecure_channel(sys.argv[2])
auth = stubs.AuthServiceStub(ingress)
seats = stubs.SeatServiceStub(ingress)
reservations = stubs.ReservationServiceStub(ingress)
notify = stubs.NotifyServiceStub(ingress)
administration = stubs.AdministrationServiceStub(ingress)

# Accounts.
demo = show("Login demo", auth.Login, pb.LoginRequest(student_id="S2021001", password="password123"))
show("Login wrong password", auth.Login, pb.LoginRequest(student_id="S2021001", password="wrong"))
show("Login wrong name", auth.Login, pb.LoginRequest(student_id="nobody", password="wrong"))
ada = show("Register", auth.Register, pb.RegisterRequest(student_id="P1", password="secret", name="Ada"))
show("Register again", auth.Register, pb.RegisterRequest(student_id="P1", password="other", name="Eve"))
bob = show("Register other", auth.Register, pb.RegisterRequest(student_id="P2", password="secret", name="Bob"))
show("Verify", auth.Verify, pb.VerifyRequest(token=ada.token))
show("Verify forged", auth.Verify, pb.VerifyRequest(token=ada.token + "x"))

# Seats.
show("GetSeats", seats.GetSeats, pb.GetSeatsRequest())
show("GetSeats filtered", seats.GetSeats, pb.GetSeatsRequest(branch="Main Library", has_power=True, available_only=True))
show("GetSeat", seats.GetSeat, pb.GetSeatRequest(seat_id=1))
show("GetSeat unknown", seats.GetSeat, pb.GetSeatRequest(seat_id=4711))
show("GetBranches", seats.GetBranches, pb.GetBranchesRequest())
tomorrow = dict(seat_id=1, start_time=at(days=1), end_time=at(days=1, hours=2))
show("CheckAvailability", seats.CheckAvailability, pb.CheckAvailabilityRequest(**tomorrow))

# Reservations.
made = show("CreateReservation", reservations.CreateReservation,
            pb.CreateReservationRequest(user_id=ada.user_id, **tomorrow))
show("CreateReservation clash", reservations.CreateReservation,
     pb.CreateReservationRequest(user_id=bob.user_id, **tomorrow))
show("CreateReservation unknown seat", reservations.CreateReservation,
     pb.CreateReservationRequest(user_id=ada.user_id, seat_id=4711, start_time=at(days=1), end_time=at(days=2)))
show("CreateReservation backwards", reservations.CreateReservation,
     pb.CreateReservationRequest(user_id=ada.user_id, seat_id=2, start_time=at(days=1), end_time=at(hours=1)))
show("CreateReservation for another", reservations.CreateReservation,
     pb.CreateReservationRequest(user_id=bob.user_id, seat_id=2, start_time=at(days=1), end_time=at(days=1, hours=1)),
     token=ada.token)
show("CreateReservation forged", reservations.CreateReservation,
     pb.CreateReservationRequest(seat_id=2, start_time=at(days=1), end_time=at(days=1, hours=1)), token="x.y.z")
show("CheckAvailability taken", seats.CheckAvailability, pb.CheckAvailabilityRequest(**tomorrow))
one = pb.GetReservationRequest(reservation_id=made.reservation.id)
show("GetReservation", reservations.GetReservation, one)
show("GetReservation of another", reservations.GetReservation, one, token=bob.token)
show("GetReservation unknown", reservations.GetReservation, pb.GetReservationRequest(reservation_id=4711))
show("CheckIn early", reservations.CheckIn, pb.CheckInRequest(reservation_id=made.reservation.id))
now = show("CreateReservation now", reservations.CreateReservation,
           pb.CreateReservationRequest(user_id=ada.user_id, seat_id=3, start_time=at(minutes=5), end_time=at(hours=1)))
show("CheckIn", reservations.CheckIn, pb.CheckInRequest(reservation_id=now.reservation.id))
show("CheckIn twice", reservations.CheckIn, pb.CheckInRequest(reservation_id=now.reservation.id))
show("GetUserReservations", reservations.GetUserReservations,
     pb.GetUserReservationsRequest(user_id=ada.user_id, upcoming_only=True))
show("GetUserReservations checked in", reservations.GetUserReservations,
     pb.GetUserReservationsRequest(user_id=ada.user_id, status="CHECKED_IN"))

# Waitlist.
waiting = show("AddToWaitlist", notify.AddToWaitlist,
               pb.AddToWaitlistRequest(user_id=bob.user_id, seat_id=1, desired_time=tomorrow["start_time"]))
show("AddToWaitlist branch", notify.AddToWaitlist,
     pb.AddToWaitlistRequest(user_id=bob.user_id, branch="Business Library", desired_time=tomorrow["start_time"]))
show("AddToWaitlist nothing", notify.AddToWaitlist,
     pb.AddToWaitlistRequest(user_id=bob.user_id, desired_time=tomorrow["start_time"]))
show("GetUserWaitlist", notify.GetUserWaitlist, pb.GetUserWaitlistRequest(user_id=bob.user_id))
show("NotifyUsers", notify.NotifyUsers, pb.NotifyUsersRequest(seat_id=1, message="soon free"))
show("NotifyUsers nobody", notify.NotifyUsers, pb.NotifyUsersRequest(seat_id=2, message="soon free"))
show("CancelReservation of another", reservations.CancelReservation,
     pb.CancelReservationRequest(reservation_id=made.reservation.id), token=bob.token)
show("CancelReservation", reservations.CancelReservation,
     pb.CancelReservationRequest(reservation_id=made.reservation.id))
# The seat is now offered to Bob, and to nobody else.
show("CreateReservation offered to another", reservations.CreateReservation,
     pb.CreateReservationRequest(user_id=ada.user_id, **tomorrow))
show("CreateReservation offered", reservations.CreateReservation,
     pb.CreateReservationRequest(user_id=bob.user_id, **tomorrow))
show("RemoveFromWaitlist taken", notify.RemoveFromWaitlist,
     pb.RemoveFromWaitlistRequest(waitlist_id=waiting.entry.id))
show("RemoveFromWaitlist", notify.RemoveFromWaitlist,
     pb.RemoveFromWaitlistRequest(waitlist_id=waiting.entry.id + 1))

# For whoever runs it.
show("SetSeat", administration.SetSeat, pb.SetSeatRequest(id=61, branch="Annex", area="Attic", has_power=True))
show("SetBranch", administration.SetBranch,
     pb.SetBranchRequest(branch="Annex", time_zone="Europe/Berlin", opening_hours="Mo-Su 08:00-22:00"))
show("SetMaintenance", administration.SetMaintenance, pb.SetMaintenanceRequest(seat_id=61, maintenance=True))
show("CreateReservation in maintenance", reservations.CreateReservation,
     pb.CreateReservationRequest(user_id=ada.user_id, seat_id=61, start_time=noon(days=1), end_time=noon(days=1, hours=1)))
show("SetSeat with a token", administration.SetSeat, pb.SetSeatRequest(id=62, branch="Annex", area="Attic"),
     token=ada.token)
show("Audit", administration.Audit, pb.AuditRequest(reservation_id=made.reservation.id, limit=10))

for door in sys.argv[2:]:
    channel = grpc.insecure_channel(door)
    show("SubmitOperation", stubs.OperationServiceStub(channel).SubmitOperation,
         pb.OperationRequest(operation="by " + door, source_id="python"))
    show("GetBranches everywhere", stubs.SeatServiceStub(channel).GetBranches, pb.GetBranchesRequest())
