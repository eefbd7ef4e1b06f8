"""An AWS provider that knows its schema and nothing else, served to Terraform over plugin protocol 6."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Json = dict[str, Any]

_NESTING = {"list": 2, "set": 3, "single": 1, "map": 4}
_UNKNOWN = b"\x00"


@contextmanager
def serving(schema: Json, looked_up: Mapping[str, Json], made: Mapping[str, Json]) -> Iterator[Json]:
    """Serve until the block ends; the value goes into `TF_REATTACH_PROVIDERS`.

    `looked_up`: data source -> what it finds, beside its own arguments. `made`: resource type -> what AWS decides
    of a new one; texts may name its arguments: `"arn:aws:iam::111122223333:role/{name}"`.
    """
    import grpc
    from tf.gen import grpc_controller_pb2_grpc, tfplugin_pb2_grpc

    unlimited = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
    server = grpc.server(ThreadPoolExecutor(4), options=unlimited)
    tfplugin_pb2_grpc.add_ProviderServicer_to_server(_Provider(schema, looked_up, made), server)
    grpc_controller_pb2_grpc.add_GRPCControllerServicer_to_server(_Controller(), server)
    with tempfile.TemporaryDirectory() as folder:
        address = Path(folder) / "provider"
        server.add_insecure_port(f"unix://{address}")
        server.start()
        try:
            yield {
                "hashicorp/aws": {
                    "Protocol": "grpc",
                    "ProtocolVersion": 6,
                    "Pid": os.getpid(),
                    "Test": True,
                    "Addr": {"Network": "unix", "String": str(address)},
                }
            }
        finally:
            server.stop(0).wait(5)


class _Controller:
    def Shutdown(self, request: Any, context: Any) -> Any:  # noqa: N802 the protocol's name
        from tf.gen import grpc_controller_pb2

        return grpc_controller_pb2.Empty()


class _Provider:
    """Plans what the configuration says, and makes up what AWS would decide."""

    def __init__(self, schema: Json, looked_up: Mapping[str, Json], made: Mapping[str, Json]) -> None:
        from tf.gen import tfplugin_pb2

        self.made = made

        self.pb = tfplugin_pb2
        self.schema = schema
        self.looked_up = looked_up

    def __getattr__(self, name: str) -> Any:
        """Every call of the protocol that needs no answer of its own is answered with its empty response."""
        response = getattr(getattr(self.pb, name, None), "Response", None)
        if response is None:
            return self._refuse  # optional parts of the protocol: functions, actions, ephemeral resources
        return lambda request, context: response()

    @staticmethod
    def _refuse(request: Any, context: Any) -> None:
        import grpc

        context.abort(grpc.StatusCode.UNIMPLEMENTED, "not here")

    GetMetadata = ReadResourceIdentity = _refuse

    def GetProviderSchema(self, request: Any, context: Any) -> Any:  # noqa: N802
        return self.pb.GetProviderSchema.Response(
            provider=self._shown(self.schema["provider"]),
            resource_schemas={k: self._shown(v) for k, v in self.schema["resource_schemas"].items()},
            data_source_schemas={k: self._shown(v) for k, v in self.schema["data_source_schemas"].items()},
        )

    def _shown(self, schema: Json) -> Any:
        return self.pb.Schema(version=0, block=self._block(schema["block"]))

    def _block(self, block: Json) -> Any:
        attributes = [
            self.pb.Schema.Attribute(
                name=name,
                type=json.dumps(each["type"]).encode(),
                required=bool(each.get("required")),
                optional=bool(each.get("optional")),
                computed=bool(each.get("computed")),
            )
            for name, each in block["attributes"].items()
        ]
        blocks = [
            self.pb.Schema.NestedBlock(
                type_name=name,
                nesting=_NESTING[each["nesting_mode"]],
                block=self._block(each["block"]),
                min_items=each.get("min_items", 0),
                max_items=each.get("max_items", 0),
            )
            for name, each in block["block_types"].items()
        ]
        return self.pb.Schema.Block(attributes=attributes, block_types=blocks)

    def UpgradeResourceState(self, request: Any, context: Any) -> Any:  # noqa: N802
        state = self.pb.DynamicValue(json=request.raw_state.json)
        return self.pb.UpgradeResourceState.Response(upgraded_state=state)

    def ReadResource(self, request: Any, context: Any) -> Any:  # noqa: N802
        return self.pb.ReadResource.Response(new_state=request.current_state)

    def PlanResourceChange(self, request: Any, context: Any) -> Any:  # noqa: N802
        from msgpack import ExtType

        planned = _load(request.proposed_new_state)
        if planned is not None and _load(request.prior_state) is None:
            for name, each in self._attributes("resource_schemas", request.type_name):
                if each.get("computed") and planned.get(name) is None:
                    planned[name] = ExtType(0, _UNKNOWN)
        return self.pb.PlanResourceChange.Response(planned_state=self._dump(planned))

    def ApplyResourceChange(self, request: Any, context: Any) -> Any:  # noqa: N802
        state = _load(request.planned_state)
        if state is not None:
            for name, value in self.made.get(request.type_name, {}).items():
                state[name] = value.format(**state) if isinstance(value, str) else value
            self._make_up("resource_schemas", request.type_name, state)
        return self.pb.ApplyResourceChange.Response(new_state=self._dump(state))

    def ReadDataSource(self, request: Any, context: Any) -> Any:  # noqa: N802
        found = _load(request.config)
        for name, value in self.looked_up.get(request.type_name, {}).items():
            if found.get(name) is None:
                found[name] = value
        self._make_up("data_source_schemas", request.type_name, found)
        return self.pb.ReadDataSource.Response(state=self._dump(found))

    def _attributes(self, kind: str, type_name: str) -> list[tuple[str, Json]]:
        return list(self.schema[kind][type_name]["block"]["attributes"].items())

    def _make_up(self, kind: str, type_name: str, state: Json) -> None:
        from msgpack import ExtType

        empty: Json = {"number": 0, "bool": False}
        for name, each in self._attributes(kind, type_name):
            value = state.get(name)
            if each.get("computed") and (value is None or isinstance(value, ExtType)):
                of = each["type"]
                if of == "string":
                    state[name] = f"{type_name}-{name}"
                else:
                    state[name] = empty[of] if isinstance(of, str) else ({} if of[0] == "map" else [])

    def _dump(self, value: Any) -> Any:
        import msgpack

        return self.pb.DynamicValue(msgpack=msgpack.packb(value))


def _load(value: Any) -> Any:
    import msgpack

    return msgpack.unpackb(value.msgpack, ext_hook=msgpack.ExtType, strict_map_key=False)
