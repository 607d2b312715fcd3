"""Drives PictureService by stubs generated from pictures.proto, as a coordinator outside does.

usage: pictures_client.py STUBS PICTURE NODE...     prints one JSON object a line: {"call": ..., "reply" | "code": ...}
"""
import json
import sys

sys.path.insert(0, sys.argv[1])

import grpc
import pictures_pb2 as pb
import pictures_pb2_grpc
from google.protobuf.json_format import MessageToDict


def show(name, call, request):
    try:
        reply = call(request, timeout=8)
        shown = MessageToDict(reply, preserving_proto_field_name=True)
        shown.pop("reason", None)
        print(json.dumps({"call": name, "reply": shown}), flush=True)
        return reply
    except grpc.RpcError as error:
        print(json.dumps({"call": name, "code": error.code().name}), flush=True)


picture = open(sys.argv[2], "rb").read()
nodes = [pictures_pb2_grpc.PictureServiceStub(grpc.insecure_channel(address)) for address in sys.argv[3:]]
first, second = nodes[0], nodes[1]

show("Health", second.Health, pb.HealthRequest())
show("Upload", first.Upload, pb.UploadRequest(filename="a.png", data=picture))
show("Upload again", first.Upload, pb.UploadRequest(filename="a.png", data=picture))
show("Upload no picture", first.Upload, pb.UploadRequest(filename="b.png", data=b"text"))
show("Upload no name", first.Upload, pb.UploadRequest(filename="../", data=picture))
show("Upload too large", first.Upload, pb.UploadRequest(filename="b.png", data=bytes(10 * 1024 * 1024 + 1)))
show("Search", second.Search, pb.SearchRequest(filename="a.png"))
show("Search unknown", second.Search, pb.SearchRequest(filename="nobody.png"))
show("Like", second.Like, pb.LikeRequest(filename="a.png"))
show("Like unknown", second.Like, pb.LikeRequest(filename="nobody.png"))
show("List", second.List, pb.ListRequest())
data = first.Download(pb.DownloadRequest(filename="a.png"), timeout=8)
print(json.dumps({"call": "Download", "reply": {"found": data.found, "same": data.data == picture}}))
show("Download elsewhere", second.Download, pb.DownloadRequest(filename="a.png"))
show("Delete elsewhere", second.Delete, pb.DeleteRequest(filename="a.png"))


def delete_everywhere(name, transaction, filename):
    args = dict(transaction_id=transaction, coordinator_id="python", filename=filename)
    votes = [show(name + " vote", node.VoteRequest, pb.VoteArgs(**args)) for node in nodes]
    commit = all(vote is not None and vote.vote_granted for vote in votes)
    for node in nodes:
        show(name + " decision", node.GlobalCommit if commit else node.GlobalAbort, pb.DecisionArgs(**args))
    # The other decision comes too late.
    show(name + " contradiction", first.GlobalAbort if commit else first.GlobalCommit, pb.DecisionArgs(**args))


delete_everywhere("abort", "by-python-1", "a.png")
show("Search after abort", first.Search, pb.SearchRequest(filename="a.png"))
for node in nodes:
    node.Upload(pb.UploadRequest(filename="a.png", data=picture), timeout=8)

# What one coordinator has locked, another does not get.
locking = dict(transaction_id="by-python-2", coordinator_id="python", filename="a.png")
show("lock", first.VoteRequest, pb.VoteArgs(**locking))
other = dict(transaction_id="by-python-3", coordinator_id="another", filename="a.png")
show("locked", first.VoteRequest, pb.VoteArgs(**other))
show("unlock", first.GlobalAbort, pb.DecisionArgs(**locking))

delete_everywhere("commit", "by-python-4", "a.png")
show("Search after commit", second.Search, pb.SearchRequest(filename="a.png"))
show("List after commit", second.List, pb.ListRequest())

show("Upload to delete", second.Upload, pb.UploadRequest(filename="c.png", data=picture))
show("Delete", second.Delete, pb.DeleteRequest(filename="c.png"))
show("Delete again", second.Delete, pb.DeleteRequest(filename="c.png"))
