"""The Kubernetes manifests: as Kubernetes wants them, and as the code has them."""

from itertools import chain

import jsonschema
import kubernetes_validate
import pytest

from supportbot.admin_api.__main__ import Settings as AdminApiSettings
from supportbot.answerer.__main__ import Settings as AnswererSettings
from supportbot.common.bus.topology import WORK_QUEUES
from supportbot.common.settings import CommonSettings
from supportbot.gateway.__main__ import Settings as GatewaySettings
from supportbot.indexer.__main__ import Settings as IndexerSettings
from supportbot.standalone.settings import StandaloneSettings
from tests.infra.commands import understood
from tests.infra.manifests import OVERLAYS, SERVICES, Manifest, custom_schema, made_of, manifests, of_kind, pods
from tests.infra.secret_settings import missing_secrets
from tools.distributed.layout import ROOT
from tools.distributed.layout import SERVICES as PORTS

KUBERNETES = "1.31"
OURS = ("apps", "batch", "policy", "networking.k8s.io", "autoscaling", "v1")
SETTINGS: dict[str, type[CommonSettings]] = {
    "gateway": GatewaySettings,
    "answerer": AnswererSettings,
    "indexer": IndexerSettings,
    "admin-api": AdminApiSettings,
}
GRACE_S = 45
WITH_SERVICES = ("dev", "prod")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_kubernetes_knows_every_field(overlay: str) -> None:
    for one in manifests(overlay):
        if one["apiVersion"].partition("/")[0] in OURS:
            kubernetes_validate.validate(one, KUBERNETES, strict=True)


def test_other_resources_are_as_their_makers_say() -> None:
    custom = [one for one in manifests("prod") if one["apiVersion"].partition("/")[0] not in OURS]
    assert {"ScaledObject", "TriggerAuthentication", "ServiceMonitor"} <= {one["kind"] for one in custom}
    known = [(one, schema) for one in custom if (schema := custom_schema(one)) is not None]
    if not known:
        pytest.skip("The published schemas are not at hand; NOTHING was held against them")
    assert len(known) == len(custom)
    for one, schema in known:
        jsonschema.validate(one, schema)


def test_servers_of_operators_are_as_their_makers_say_and_found_by_what_reaches_them() -> None:
    made = {one["kind"]: one for one in made_of("servers")}
    postgres, rabbitmq = made["Cluster"], made["RabbitmqCluster"]
    of_compose = ROOT / "infra" / "compose" / "rabbitmq" / "10-limits.conf"
    for line in rabbitmq["spec"]["rabbitmq"]["additionalConfig"].splitlines():
        assert line in of_compose.read_text(encoding="utf-8").splitlines()
    initial = postgres["spec"]["bootstrap"]["initdb"]
    defaults = CommonSettings.model_fields
    assert (initial["database"], initial["owner"]) == (defaults["db_name"].default, defaults["db_user"].default)
    policies = of_kind("prod", "NetworkPolicy")
    labels = {"postgres": postgres["spec"]["inheritedMetadata"]["labels"], "rabbitmq": rabbitmq["metadata"]["labels"]}
    for name, given in labels.items():
        to = policies[f"to-{name}"]["spec"]["egress"][0]["to"][0]
        assert to["podSelector"]["matchLabels"].items() <= given.items()
    for one in (postgres, rabbitmq):
        schema = custom_schema(one)
        if schema is None:
            pytest.skip("The published schemas are not at hand; the operators' resources were NOT held against them")
        jsonschema.validate(one, schema)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_pod_is_as_restricted_as_the_namespace_demands(overlay: str) -> None:
    (namespace,) = of_kind(overlay, "Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    for name, pod in pods(overlay).items():
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["runAsUser"] > 0, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert spec["automountServiceAccountToken"] is False, name
        for container in spec["containers"]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False, name
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}, name
            assert {"requests", "limits"} <= set(container["resources"]), name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_our_containers_cannot_write_to_their_own_root(overlay: str) -> None:
    ours = [one for pod in pods(overlay).values() for one in pod["spec"]["containers"] if "supportbot" in one["image"]]
    assert ours
    assert all(one["securityContext"]["readOnlyRootFilesystem"] for one in ours)
    assert all({"/run/secrets", "/app/data", "/tmp"} <= _mounts(one) for one in ours)


@pytest.mark.parametrize("overlay", WITH_SERVICES)
@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_told_only_what_it_reads_and_all_that_it_must_know(overlay: str, name: str) -> None:
    known = {field.upper() for field in SETTINGS[name].model_fields}
    anything = {field.upper() for field in StandaloneSettings.model_fields}
    (settings,) = (one["data"] for key, one in of_kind(overlay, "ConfigMap").items() if key.startswith("settings"))
    assert set(settings) <= anything
    secrets = {path.upper() for path in _secret_files(pods(overlay)[name])}
    assert secrets <= known
    assert missing_secrets(SETTINGS[name], {secret.lower() for secret in secrets}) == set()
    values = {key.lower(): value for key, value in settings.items() if key in known}
    given = {**values, "db_password": "x7", "jwt_secret_key": "Zq8vT2mLx0cRk5uYw7nBf3hJd9sGa1pE"}
    assert SETTINGS[name](**{key: value for key, value in given.items() if key.upper() in known}).problems() == []


@pytest.mark.parametrize("overlay", WITH_SERVICES)
@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_asked_on_its_own_port_how_it_is(overlay: str, name: str) -> None:
    (container,) = pods(overlay)[name]["spec"]["containers"]
    assert container["ports"] == [{"name": "http", "containerPort": PORTS[name]}]
    assert of_kind(overlay, "Service")[name]["spec"]["ports"][0]["port"] == PORTS[name]
    assert container["livenessProbe"]["httpGet"] == {"path": "/health/live", "port": "http"}
    assert container["startupProbe"]["httpGet"] == {"path": "/health/live", "port": "http"}
    assert container["readinessProbe"]["httpGet"] == {"path": "/health/ready", "port": "http"}


@pytest.mark.parametrize("overlay", WITH_SERVICES)
@pytest.mark.parametrize("name", SERVICES)
def test_a_rollout_takes_nothing_away_before_the_new_one_is_ready(overlay: str, name: str) -> None:
    deployment = of_kind(overlay, "Deployment")[name]["spec"]
    spec = deployment["template"]["spec"]
    assert deployment["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert spec["terminationGracePeriodSeconds"] >= GRACE_S
    assert spec["containers"][0]["lifecycle"]["preStop"] == {"exec": {"command": ["sleep", "5"]}}
    assert {one["topologyKey"] for one in spec["topologySpreadConstraints"]} == {
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    }
    assert of_kind(overlay, "PodDisruptionBudget")[name]["spec"]["maxUnavailable"] == 1


def test_one_process_is_never_two() -> None:
    app = of_kind("all-in-one", "Deployment")["app"]["spec"]
    assert (app["replicas"], app["strategy"]) == (1, {"type": "Recreate"})


def test_those_who_scale_by_queues_look_at_queues_that_there_are() -> None:
    scaled = of_kind("prod", "ScaledObject")
    asked = {name: one["spec"]["triggers"][0]["metadata"]["queueName"] for name, one in scaled.items()}
    assert asked == {"answerer": "answerer.questions", "indexer": "indexer.documents"}
    assert set(asked.values()) <= {queue.name for queue in WORK_QUEUES}


def test_whoever_scales_is_the_only_one_who_says_how_many() -> None:
    deployments = of_kind("prod", "Deployment")
    targets = {one["spec"]["scaleTargetRef"]["name"] for one in of_kind("prod", "ScaledObject").values()} | {
        one["spec"]["scaleTargetRef"]["name"] for one in of_kind("prod", "HorizontalPodAutoscaler").values()
    }
    assert targets == {"gateway", "answerer", "indexer"}
    assert {name for name, one in deployments.items() if "replicas" not in one["spec"]} == targets


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_nothing_is_reached_that_is_not_named(overlay: str) -> None:
    policies = of_kind(overlay, "NetworkPolicy")
    assert policies["deny-everything"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for name, policy in policies.items():
        rules = chain(policy["spec"].get("ingress", ()), policy["spec"].get("egress", ()))
        for rule in rules:
            assert rule.get("ports"), name
            assert rule.get("to") or rule.get("from"), name


@pytest.mark.parametrize(
    ("name", "servers"),
    [
        ("gateway", {"postgres", "rabbitmq", "redis"}),
        ("answerer", {"postgres", "rabbitmq", "redis", "qdrant"}),
        ("indexer", {"postgres", "rabbitmq", "qdrant", "web-pages"}),
        ("admin-api", {"postgres", "rabbitmq", "mail"}),
        ("migrate", {"postgres"}),
    ],
)
def test_a_service_reaches_its_servers_and_no_others(name: str, servers: set[str]) -> None:
    labels = pods("prod")[name]["metadata"]["labels"]
    policies = of_kind("prod", "NetworkPolicy")
    reached = {
        policy.removeprefix("to-")
        for policy, one in policies.items()
        if policy.startswith("to-") and _selects(one, labels)
    } - {"names", "the-internet"}
    assert reached == servers
    reaches_out = _selects(policies["to-the-internet"], labels)
    assert reaches_out is (name in {"gateway", "answerer", "indexer"})


def test_the_servers_are_reached_where_they_are() -> None:
    ports = {
        name.removeprefix("to-"): one["spec"]["egress"][0]["ports"][0]["port"]
        for name, one in of_kind("prod", "NetworkPolicy").items()
        if name in {"to-postgres", "to-rabbitmq", "to-qdrant", "to-redis"}
    }
    assert ports == {"postgres": 5432, "rabbitmq": 5672, "qdrant": 6333, "redis": 6379}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_web_pages_are_fetched_from_public_addresses_and_mail_goes_by_the_ports_of_mail(overlay: str) -> None:
    policies = of_kind(overlay, "NetworkPolicy")
    (pages,), (mail,) = policies["to-web-pages"]["spec"]["egress"], policies["to-mail"]["spec"]["egress"]
    assert {one["port"] for one in pages["ports"]} == {80, 443}
    (to,) = pages["to"]
    assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"} <= set(to["ipBlock"]["except"])
    assert {one["port"] for one in mail["ports"]} == {25, 465, 587}
    wanted = {"fetches-pages": {"indexer", "app"}, "sends-mail": {"admin-api", "app"}}
    for label, names in wanted.items():
        found = {
            name for name, pod in pods(overlay).items() if f"supportbot/{label}" in pod["metadata"].get("labels", {})
        }
        assert found == names & set(pods(overlay)), label


@pytest.mark.parametrize(("overlay", "name"), [("dev", "answerer"), ("prod", "answerer"), ("all-in-one", "app")])
def test_whoever_answers_can_be_given_the_companys_own_words(overlay: str, name: str) -> None:
    spec = pods(overlay)[name]["spec"]
    (container,) = spec["containers"]
    (path,) = (one["value"] for one in container["env"] if one["name"] == "SYNONYMS_PATH")
    (volume,) = (one for one in spec["volumes"] if one["name"] == "synonyms")
    assert volume["configMap"] == {"name": "synonyms", "optional": True}
    (mount,) = (one for one in container["volumeMounts"] if one["name"] == "synonyms")
    assert path == f"{mount['mountPath']}/synonyms.txt"


def test_metrics_and_health_are_not_seen_from_outside() -> None:
    for ingress in of_kind("prod", "Ingress").values():
        assert ingress["spec"]["tls"]
        for path in chain(*(rule["http"]["paths"] for rule in ingress["spec"]["rules"])):
            assert path["path"] != "/" or path["pathType"] == "Exact"
            assert not path["path"].startswith(("/metrics", "/health", "/local"))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_image_has_a_version(overlay: str) -> None:
    images = {one["image"] for pod in pods(overlay).values() for one in pod["spec"]["containers"]}
    assert all(":" in image and not image.endswith(":latest") for image in images), images


def test_prometheus_finds_the_jobs_by_the_names_that_its_rules_use() -> None:
    (monitor,) = of_kind("prod", "ServiceMonitor").values()
    found = {one["relabelings"][0]["replacement"]: one["path"] for one in monitor["spec"]["endpoints"]}
    assert found == {
        "telegram-bot": "/metrics",
        "telegram-bot-health": "/health/metrics",
        "telegram-bot-db": "/health/db/metrics",
    }


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_jobs_give_commands_that_there_are(overlay: str) -> None:
    jobs = {name: pods(overlay)[name]["spec"]["containers"][0]["args"] for name in of_kind(overlay, "Job", "CronJob")}
    assert {"backup", "maintain"} <= set(jobs)
    for arguments in jobs.values():
        understood(arguments)


def test_backups_are_made_at_night_and_kept_apart_from_the_data() -> None:
    job = of_kind("all-in-one", "CronJob")["backup"]["spec"]
    assert (job["schedule"], job["concurrencyPolicy"]) == ("0 2 * * *", "Forbid")
    volumes = pods("all-in-one")["backup"]["spec"]["volumes"]
    claims = {
        one["name"]: one["persistentVolumeClaim"]["claimName"] for one in volumes if "persistentVolumeClaim" in one
    }
    assert claims == {"data": "data", "backups": "backups"}


def _mounts(container: Manifest) -> set[str]:
    return {one["mountPath"] for one in container["volumeMounts"]}


def _secret_files(pod: Manifest) -> list[str]:
    (volume,) = (one for one in pod["spec"]["volumes"] if one["name"] == "secrets")
    return [item["path"] for source in volume["projected"]["sources"] for item in source["secret"]["items"]]


def _selects(policy: Manifest, labels: dict[str, str]) -> bool:
    wanted: dict[str, str] = policy["spec"]["podSelector"].get("matchLabels", {})
    return wanted.items() <= labels.items()
