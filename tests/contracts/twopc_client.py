"""Drives twopc.CoordinatorControl, VotePhase and DecisionPhase by stubs generated from the .proto file.

usage: twopc_client.py STUBS VOTE DECISION CONTROL     prints one JSON object a line: {"call": ..., "reply" | "code": ...}
"""
import json
import sys

sys.path.insert(0, sys.argv[1])

import grpc
import twopc_pb2
import twopc_pb2_grpc
from google.protobuf.json_format import MessageToDict


def show(name, call, request):
    try:
        reply = MessageToDict(call(request, timeout=5), preserving_proto_field_name=True)
        print(json.dumps({"call": name, "reply": reply}), flush=True)
    except grpc.RpcError as error:
        print(json.dumps({"call": name, "code": error.code().name, "details": error.details()}), flush=True)


vote = twopc_pb2_grpc.VotePhaseStub(grpc.insecure_channel(sys.argv[2]))
decision = twopc_pb2_grpc.DecisionPhaseStub(grpc.insecure_channel(sys.argv[3]))
control = twopc_pb2_grpc.CoordinatorControlStub(grpc.insecure_channel(sys.argv[4]))


def transaction(id, operation="", coordinator="0"):
    return twopc_pb2.Transaction(transaction_id=id, operation=operation, coordinator_id=coordinator)


def outcome(id, commit, coordinator="0"):
    return twopc_pb2.Decision(transaction_id=id, commit=commit, coordinator_id=coordinator)


def begin(id, *participants, operation=""):
    return twopc_pb2.BeginRequest(transaction_id=id, operation=operation, participant_ids=participants)


show("vote", vote.RequestVote, transaction("py-1", "hello"))
show("vote again", vote.RequestVote, transaction("py-1", "hello"))
show("vote for another operation", vote.RequestVote, transaction("py-1", "other"))
show("commit", decision.GlobalDecision, outcome("py-1", True))
show("commit again", decision.GlobalDecision, outcome("py-1", True))
show("abort after commit", decision.GlobalDecision, outcome("py-1", False))
show("abort unheard of", decision.GlobalDecision, outcome("py-2", False))
show("late vote", vote.RequestVote, transaction("py-2"))
show("vote against", vote.RequestVote, transaction("txn-no"))
show("vote without id", vote.RequestVote, transaction(""))
show("vote with long id", vote.RequestVote, transaction("x" * 301))
show("vote of a forger", vote.RequestVote, transaction("py-3", "", "0.\nNode 9 became leader for term 9 with 9 votes"))
show("prepared", decision.RecordPrepared, twopc_pb2.PreparedState(transaction_id="py-1", prepared=True))
show("begin", control.Begin, begin("py-4", "0", "1", "2", "3"))
show("begin again", control.Begin, begin("py-4", "0", "1", "2", "3"))
show("begin otherwise", control.Begin, begin("py-4", "0", "1", "2", "3", operation="other"))
show("begin with a no", control.Begin, begin("py-5", "0", "1", "2", "3", "4"))
show("begin nameless", control.Begin, begin("", "1"))
show("begin unknown", control.Begin, begin("py-6", "1", "7"))
show("begin no number", control.Begin, begin("py-6", "one"))
show("begin twice", control.Begin, begin("py-6", "1", "2", "1"))
show("begin empty", control.Begin, begin("py-6"))
