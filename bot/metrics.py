"""What the service counts, for `/metrics`."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300)


class Metrics:
    """All metrics of one running service, in a registry of their own."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self.received = Counter("looksee_received_total", "Events committed", ["platform", "kind"], registry=registry)
        self.duplicates = Counter("looksee_duplicates_total", "Events seen before", ["platform"], registry=registry)
        self.answers = Counter(
            "looksee_answers_total", "Answers by their end", ["platform", "finish"], registry=registry
        )
        self.notices = Counter(
            "looksee_notices_total",
            "Answers that are not the model's, and questions told to wait long",
            ["platform", "why"],
            registry=registry,
        )
        self.pictures_refused = Counter(
            "looksee_pictures_refused_total", "Pictures refused", ["why"], registry=registry
        )
        self.decoders_lost = Counter(
            "looksee_decoders_lost_total", "Processes that decode pictures, replaced", ["why"], registry=registry
        )
        self.store_failures = Counter(
            "looksee_store_failures_total", "Reads and writes of the database that failed", registry=registry
        )
        self.delivered = Counter(
            "looksee_deliveries_total", "Sends by result", ["platform", "result"], registry=registry
        )
        self.tokens = Counter("looksee_tokens_total", "Tokens", ["kind"], registry=registry)
        self.turn_seconds = Histogram(
            "looksee_turn_seconds",
            "From taking up a question to its stored answer",
            ["platform"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.first_token_seconds = Histogram(
            "looksee_first_token_seconds",
            "From asking the model to its first token",
            buckets=_SECONDS,
            registry=registry,
        )
        self.native_seconds = Histogram(
            "looksee_gate_hold_seconds",
            "Native steps by kind",
            ["step"],
            buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60),
            registry=registry,
        )
        self.native_wait_seconds = Histogram(
            "looksee_gate_wait_seconds",
            "Waits of native steps for the device",
            ["step"],
            buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60),
            registry=registry,
        )
        self.prefill_seconds = Histogram(
            "looksee_prefill_seconds",
            "Device time for reading a prompt, its pictures' encoding included",
            buckets=_SECONDS,
            registry=registry,
        )
        self.decode_seconds = Histogram(
            "looksee_decode_seconds", "Device time for writing an answer", buckets=_SECONDS, registry=registry
        )
        self.model_events = Counter(
            "looksee_model_events_total", "Pictures encoded, chats parked, and the like", ["event"], registry=registry
        )
        self.model_levels = Gauge("looksee_model_holds", "What the model holds at present", ["what"], registry=registry)
        self.answering = Gauge("looksee_chats_answering", "Chats being answered now", registry=registry)
        self.waiting = Gauge("looksee_chats_waiting", "Chats with a question that waits", registry=registry)
        self.queue = Gauge("looksee_queue_questions", "Questions that wait for their turn", registry=registry)
        self.queue_seconds = Gauge(
            "looksee_queue_estimated_seconds", "Estimated wait of a question that comes now", registry=registry
        )
        self.waited_seconds = Histogram(
            "looksee_waited_seconds",
            "From queueing up to being taken up",
            ["platform"],
            buckets=(*_SECONDS, 600, 1800),
            registry=registry,
        )

    def native_step(self, kind: str, waited: float, held: float) -> None:
        """Count one native step; times are in seconds. Thread-safe."""
        self.native_wait_seconds.labels(kind).observe(waited)
        self.native_seconds.labels(kind).observe(held)

    def decoder_lost(self, why: str) -> None:
        """Count a process that decoded pictures and had to be replaced (`bot.decoding`). Thread-safe."""
        self.decoders_lost.labels(why).inc()

    def model_event(self, event: str) -> None:
        """Count something the engine did (`bot.inference.watch`). Thread-safe."""
        self.model_events.labels(event).inc()

    def model_level(self, what: str, value: float) -> None:
        """Note how much the engine holds of something. Thread-safe."""
        self.model_levels.labels(what).set(value)

    def exposition(self) -> tuple[bytes, str]:
        """Give all figures in Prometheus' text format, and its content type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST
