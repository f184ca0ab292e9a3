"""Patches and what comes of them."""
import unittest

from cluster import patch, schema
from cluster.patch import JSON, MERGE, STRATEGIC

class Patches(unittest.TestCase):
    """Strategic merge: name, what is there, the patch, what comes of it. From Kubernetes' documentation and its tests."""
    CASES = [
        ("merges containers by name", {"containers": [{"name": "a", "image": "1"}]}, {"containers": [{"name": "b", "image": "2"}]},
         {"containers": [{"name": "b", "image": "2"}, {"name": "a", "image": "1"}]}),
        ("changes one of them", {"containers": [{"name": "a", "image": "1"}, {"name": "b"}]}, {"containers": [{"name": "a", "image": "2"}]},
         {"containers": [{"name": "a", "image": "2"}, {"name": "b"}]}),
        ("replaces lists without a key", {"containers": [{"name": "a", "args": ["x", "y"]}]}, {"containers": [{"name": "a", "args": ["z"]}]},
         {"containers": [{"name": "a", "args": ["z"]}]}),
        ("removes with null", {"nodeName": "n", "hostname": "h"}, {"nodeName": None}, {"hostname": "h"}),
        ("deletes an item", {"containers": [{"name": "a"}, {"name": "b"}]}, {"containers": [{"name": "a", "$patch": "delete"}]},
         {"containers": [{"name": "b"}]}),
        ("replaces a list when asked", {"tolerations": [{"key": "a"}], "volumes": [{"name": "a"}]},
         {"volumes": [{"name": "b"}, {"$patch": "replace"}]}, {"tolerations": [{"key": "a"}], "volumes": [{"name": "b"}]}),
        ("replaces a map when asked", {"securityContext": {"runAsUser": 1}}, {"securityContext": {"$patch": "replace", "fsGroup": 2}},
         {"securityContext": {"fsGroup": 2}}),
        ("empties a map when asked", {"securityContext": {"runAsUser": 1}}, {"securityContext": {"$patch": "delete"}}, {"securityContext": {}}),
        ("retains keys", {"volumes": [{"name": "a", "emptyDir": {}}]},
         {"volumes": [{"name": "a", "$retainKeys": ["name", "hostPath"], "hostPath": {"path": "/"}}]},
         {"volumes": [{"name": "a", "hostPath": {"path": "/"}}]}),
        ("retains keys beside nulls", {"volumes": [{"name": "a", "emptyDir": {}}]},
         {"volumes": [{"name": "a", "$retainKeys": ["name"], "emptyDir": None}]}, {"volumes": [{"name": "a"}]}),
        ("puts what is new after what the server kept", {"containers": [{"name": "a"}, {"name": "b"}, {"name": "server"}]},
         {"$setElementOrder/containers": [{"name": "b"}, {"name": "new"}], "containers": [{"name": "new"}, {"name": "a", "$patch": "delete"}]},
         {"containers": [{"name": "b"}, {"name": "server"}, {"name": "new"}]}),
        ("orders items", {"containers": [{"name": "a"}, {"name": "b"}, {"name": "c"}]},
         {"$setElementOrder/containers": [{"name": "c"}, {"name": "b"}, {"name": "a"}]},
         {"containers": [{"name": "c"}, {"name": "b"}, {"name": "a"}]}),
        ("keeps what only the server has in its place", {"containers": [{"name": "a"}, {"name": "server"}, {"name": "b"}]},
         {"$setElementOrder/containers": [{"name": "new"}, {"name": "a"}, {"name": "b"}], "containers": [{"name": "new"}]},
         {"containers": [{"name": "new"}, {"name": "a"}, {"name": "server"}, {"name": "b"}]}),
        ("merges lists in items", {"containers": [{"name": "a", "env": [{"name": "X", "value": "1"}]}]},
         {"containers": [{"name": "a", "env": [{"name": "Y", "value": "2"}], "ports": [{"containerPort": 80}]}]},
         {"containers": [{"name": "a", "env": [{"name": "Y", "value": "2"}, {"name": "X", "value": "1"}], "ports": [{"containerPort": 80}]}]}),
    ]

    def test_strategic_merge(self):
        for name, before, change, after in self.CASES:
            with self.subTest(name):
                result = patch.apply(STRATEGIC, {"spec": before}, {"spec": change}, schema.of_kind("", "v1", "Pod"))
                self.assertEqual(result, {"spec": after})

    def test_primitive_lists(self):
        before = {"metadata": {"finalizers": ["a", "b"]}}
        for change, after in (({"finalizers": ["c"]}, ["a", "b", "c"]), ({"$deleteFromPrimitiveList/finalizers": ["a"]}, ["b"])):
            result = patch.apply(STRATEGIC, before, {"metadata": change}, schema.of_kind("", "v1", "Pod"))
            self.assertEqual(sorted(result["metadata"]["finalizers"]), after)

    def test_node_addresses(self):
        node = {"status": {"addresses": [{"type": "InternalIP", "address": "1"}, {"type": "Hostname", "address": "h"}]}}
        change = {"status": {"addresses": [{"type": "InternalIP", "address": "2"}, {"$patch": "replace"}]}}
        result = patch.apply(STRATEGIC, node, change, schema.of_kind("", "v1", "Node"))
        self.assertEqual(result["status"]["addresses"], [{"type": "InternalIP", "address": "2"}])

    def test_json_patches(self):
        result = patch.apply(JSON, {"a": [1, 2], "b/c": 1}, [
            {"op": "add", "path": "/a/-", "value": 3}, {"op": "remove", "path": "/a/0"}, {"op": "test", "path": "/b~1c", "value": 1},
            {"op": "move", "from": "/b~1c", "path": "/d"}], None)
        self.assertEqual(result, {"a": [2, 3], "d": 1})
        self.assertEqual(patch.apply(MERGE, {"a": {"b": 1, "c": [1]}}, {"a": {"b": None, "c": [2]}}, None), {"a": {"c": [2]}})
