"""What serves a model."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from trimtab.spec.model.base import Map, Maybe, Model, OneOf
from trimtab.spec.model.values import Percent, Positive, Scalar


class TorchServer(Model):
    """The server that Trimtab brings: TorchScript and exported programs over the Open Inference Protocol."""


class LanguageServer(Model):
    """What servers of language models have in common."""

    max_model_length: Maybe[Positive] = Field(None, description="Tokens of context at most.", examples=[8192])
    quantization: Maybe[str] = Field(
        None,
        description="How weights are kept; as the model has them when left out.",
        examples=["fp8"],
        min_length=1,
    )
    gpu_memory_utilization: Maybe[Percent] = Field(
        None,
        description="The share of each GPU's memory that it may take; the server's default when left out.",
        examples=["92%"],
    )
    settings: Map[str, Scalar] = Field(
        {},
        description="Its other settings, as it calls them itself.",
        examples=[{"enable-prefix-caching": True}],
    )


class VllmServer(LanguageServer):
    """vLLM, for language models."""

    version: Maybe[str] = Field(None, description="Its version.", examples=["0.11.0"], min_length=1)


class TritonServer(Model):
    """NVIDIA Triton."""

    version: Maybe[str] = Field(None, description="Its version.", examples=["25.10"], min_length=1)


class SglangServer(LanguageServer):
    """SGLang, for language models."""

    version: Maybe[str] = Field(None, description="Its version.", examples=["0.5.0"], min_length=1)


class MlServer(Model):
    """MLServer, for scikit-learn, XGBoost, LightGBM and MLflow models."""

    flavor: Literal["sklearn", "xgboost", "lightgbm", "mlflow"] = Field(
        description="What made the model.", examples=["sklearn"]
    )
    version: Maybe[str] = Field(None, description="Its version.", examples=["1.7.0"], min_length=1)


class CustomServer(Model):
    """A server of one's own: the endpoint's `image` and `command`."""

    port: int = Field(8080, description="Where it listens.", examples=[8080], ge=1, le=65535)
    protocol: Literal["openInference", "openai", "http", "grpc"] = Field(
        "http", description="What it speaks.", examples=["http"]
    )
    ready: str = Field(
        "/ready", description="The path that answers 200 once it is ready.", examples=["/healthz"]
    )


class Server(OneOf):
    """What serves the model."""

    variants: ClassVar[tuple[str, ...]] = ("torch", "vllm", "sglang", "triton", "mlserver", "custom")

    torch: Maybe[TorchServer] = Field(None, description="The server that Trimtab brings.", examples=[{}])
    vllm: Maybe[VllmServer] = Field(None, description="The vLLM server, for language models.", examples=[{}])
    triton: Maybe[TritonServer] = Field(None, description="NVIDIA Triton.", examples=[{}])
    sglang: Maybe[SglangServer] = Field(None, description="SGLang, for language models.", examples=[{}])
    mlserver: Maybe[MlServer] = Field(
        None, description="MLServer, for models that are not neural nets.", examples=[{"flavor": "sklearn"}]
    )
    custom: Maybe[CustomServer] = Field(
        None, description="A server of one's own: the endpoint's image.", examples=[{"port": 8080}]
    )
