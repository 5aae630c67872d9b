"""Drives the simulated API with the vendor's Python SDK. Prints one JSON object: what each step returned."""

import json
import sys
import time

from zenlayercloud.common.config import Config
from zenlayercloud.common.credential import Credential
from zenlayercloud.common.excpetion.zenlayer_cloud_sdk_exception import ZenlayerCloudSdkException
from zenlayercloud.zec.v20240401 import models as models2024
from zenlayercloud.zec.v20240401 import zec_client as client2024
from zenlayercloud.zec.v20250901 import models, zec_client

domain = sys.argv[1]


def client(password="test-password", version=zec_client):
    config = Config(scheme="http", domain=domain, request_timeout=10, rate_limit_max_retries=0)
    return version.ZecClient(Credential("test-key", password), config)


def call(action, to=None, version=models, **parameters):
    request = getattr(version, f"{action}Request")()
    for name, value in parameters.items():
        setattr(request, name, value)
    return getattr(to or client(), action)(request)


def nic(nic_id):
    return call("DescribeNetworkInterfaces", nicIds=[nic_id]).dataSet[0]


def wait_for(nic_id, status):
    for _ in range(100):
        if nic(nic_id).status == status:
            return status
        time.sleep(0.05)
    return nic(nic_id).status


def code_of(action, to=None, **parameters):
    try:
        call(action, to, **parameters)
    except ZenlayerCloudSdkException as error:
        return error.code if error.request_id else f"{error.code} without a request ID"
    return "accepted"


def attach(nic_id, instance_id):
    return code_of("AttachNetworkInterface", nicId=nic_id, instanceId=instance_id)


def detach(nic_id):
    return code_of("DetachNetworkInterface", nicId=nic_id)


steps = {}
steps["attach"] = attach("nic-free", "ins-running")
steps["attached"] = wait_for("nic-free", "USED")
steps["holder"] = nic("nic-free").instanceId
instance = call("DescribeInstances", instanceIds=["ins-running"]).dataSet[0]
steps["listed"] = "nic-free" in [each.nicId for each in instance.nics]
steps["status"] = call("DescribeInstancesStatus", instanceIds=["ins-running"]).dataSet[0].instanceStatus
steps["attach again"] = attach("nic-free", "ins-running")
steps["detach"] = detach("nic-free")
steps["detached"] = wait_for("nic-free", "AVAILABLE")
steps["missing vNIC"] = attach("nic-missing", "ins-running")
steps["missing instance"] = attach("nic-free", "ins-missing")
steps["other region"] = attach("nic-far", "ins-running")
steps["stopped instance"] = attach("nic-free", "ins-stopped")
steps["full instance"] = attach("nic-free", "ins-full")
steps["pending vNIC"] = attach("nic-pending", "ins-running")
steps["primary vNIC"] = detach("nic-primary")
steps["no instance"] = code_of("AttachNetworkInterface", nicId="nic-free")
steps["page too large"] = code_of("DescribeNetworkInterfaces", pageSize=1001)
steps["page zero"] = code_of("DescribeNetworkInterfaces", pageNum=0)
steps["wrong password"] = code_of("DescribeInstances", client("wrong-password"))
steps["filtered"] = [
    call("DescribeNetworkInterfaces", **filters).totalCount
    for filters in (
        {"tagKeys": ["team"]},
        {"tags": [{"key": "team", "value": "web"}]},
        {"resourceGroupId": "rg-web"},
        {"securityGroupId": "sg-web"},
        {"nicSubnetType": "IPv6"},
    )
]
older = {"to": client(version=client2024), "version": models2024}
steps["2024: status"] = call("DescribeInstancesStatus", **older, instanceIds=["ins-running"]).dataSet[0].instanceStatus
steps["2024: instances"] = [each.instanceId for each in call("DescribeInstances", **older, imageId="debian").dataSet]
steps["2024: unknown"] = code_of("RebootInstances", **older, instanceIds=["ins-running"])
print(json.dumps(steps))
