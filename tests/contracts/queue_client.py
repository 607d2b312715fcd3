"""Drives queue.QueueService, raft.RaftClient and raft.RaftService by stubs generated from the .proto files.

usage: queue_client.py STUBS INGRESS NODE...     prints one JSON object a line: {"call": ..., "reply" | "code": ...}
"""
import json
import sys

sys.path.insert(0, sys.argv[1])

import grpc
import queue_pb2
import queue_pb2_grpc
import raft_pb2
import raft_pb2_grpc
from google.protobuf.json_format import MessageToDict


def show(name, call, request):
    try:
        reply = MessageToDict(call(request, timeout=5), preserving_proto_field_name=True)
        print(json.dumps({"call": name, "reply": reply}), flush=True)
    except grpc.RpcError as error:
        print(json.dumps({"call": name, "code": error.code().name, "details": error.details()}), flush=True)


ingress = grpc.insecure_channel(sys.argv[2])
queue = queue_pb2_grpc.QueueServiceStub(ingress)
track = queue_pb2.Track(id="105", title="So What", artist="Miles Davis", duration=545)
other = queue_pb2.Track(id="106", title="Blue in Green", artist="Miles Davis", duration=337)

show("AddTrack", queue.AddTrack, track)
show("AddTrack again", queue.AddTrack, track)
show("AddTrack other", queue.AddTrack, other)
show("AddTrack conflict", queue.AddTrack, queue_pb2.Track(id="105", title="Another", artist="", duration=1))
show("AddTrack invalid", queue.AddTrack, queue_pb2.Track(id="107", title="", artist="", duration=-1))
show("VoteTrack up", queue.VoteTrack, queue_pb2.VoteRequest(id="106", up=True))
show("VoteTrack down", queue.VoteTrack, queue_pb2.VoteRequest(id="105", up=False))
show("VoteTrack unknown", queue.VoteTrack, queue_pb2.VoteRequest(id="nobody", up=True))
show("GetQueue", queue.GetQueue, queue_pb2.Empty())
show("GetMetadata", queue.GetMetadata, queue_pb2.TrackId(id="106"))
show("GetMetadata unknown", queue.GetMetadata, queue_pb2.TrackId(id="nobody"))
show("PlayNext", queue.PlayNext, queue_pb2.Empty())
show("GetHistory", queue.GetHistory, queue_pb2.Empty())
show("RemoveTrack", queue.RemoveTrack, queue_pb2.TrackId(id="105"))
show("RemoveTrack again", queue.RemoveTrack, queue_pb2.TrackId(id="105"))
show("PlayNext empty", queue.PlayNext, queue_pb2.Empty())

for door in sys.argv[2:]:
    channel = grpc.insecure_channel(door)
    show("ClientRequest", raft_pb2_grpc.RaftClientStub(channel).ClientRequest, raft_pb2.ClientCommand(command="by " + door))
    operation = raft_pb2.OperationRequest(operation="operation by " + door, source_id="python")
    show("SubmitOperation", raft_pb2_grpc.RaftServiceStub(channel).SubmitOperation, operation)
