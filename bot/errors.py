"""Every error of Looksee's own.

LookseeError
├── ConfigurationError      settings that cannot work; says which variable and what to write
├── StoreError              the database refused or failed: nothing may be acknowledged
│   ├── StoreUnavailableError   its file cannot be read or written right now; the same may work later
│   ├── NewerDatabaseError  the file was written by a newer Looksee
│   ├── AlreadySettledError rows of the inbox were dealt with before: repeating cannot help
│   └── CaseMovedError      a case is no longer as it was seen: look again, and decide anew
├── ModelError
│   ├── ModelFileError      a model file is missing or is not what it should be (at start)
│   ├── PromptTooLongError  the newest question alone does not fit the context
│   └── GenerationError     the model failed during an answer
├── PictureError            a picture the customer sent cannot be used
│   ├── PictureTooLargeError
│   ├── PictureUnsupportedError
│   ├── PictureBrokenError
│   │   └── PictureDimensionsError   far too many pixels, or far too long and narrow
│   └── PictureUnavailableError   the platform would not hand the file over
└── DeliveryError           an answer did not reach the platform
    ├── RetryLaterError     certainly not delivered; try again
    ├── SlotGoneError       certainly not delivered: the message it was to replace is gone
    ├── UndeliverableError  certainly not delivered and never will be
    │   └── ThreadGoneError the thread or topic it was for was deleted
    └── AmbiguousDeliveryError   sent, but whether it arrived is unknown
"""


class LookseeError(Exception):
    """Base of all."""


class ConfigurationError(LookseeError):
    """Settings that cannot work; the message names the variable and says what to write."""


class StoreError(LookseeError):
    """The database refused or failed; what was being stored must not be acknowledged."""


class StoreUnavailableError(StoreError):
    """The database's file cannot be read or written right now: a full disk, an I/O error, a lock that somebody holds.

    The store has told its observer, who tells people (`bot.storewatch`): whoever tries again need not log each try.
    """


class NewerDatabaseError(StoreError):
    """The database was written by a newer version of Looksee."""


class AlreadySettledError(StoreError):
    """Rows of the inbox had been dealt with before: what was being stored is void, and repeating cannot help."""


class CaseMovedError(StoreError):
    """A case is no longer in the state it was seen in: somebody was faster. Nothing was stored; look again."""


class ModelError(LookseeError):
    """Base of the model's errors."""


class ModelFileError(ModelError):
    """A model file is missing, is not a GGUF file, or does not fit its partner."""


class PromptTooLongError(ModelError):
    """The prompt has more tokens than the context can hold."""


class GenerationError(ModelError):
    """The model failed while it answered."""


class ModelDiedError(ModelError):
    """The process that held the model ended during the answer. It may be asked again: the model comes back."""


class SetAsideError(ModelError):
    """Each time this prompt was answered the model died, twice now: it is not tried again."""


class PictureError(LookseeError):
    """A picture that cannot be used; `name` is the file name the customer knows it by, possibly empty."""

    def __init__(self, message: str = "", *, name: str = "") -> None:
        super().__init__(message or self.__class__.__name__)
        self.name = name


class PictureTooLargeError(PictureError):
    """More bytes than are accepted; `limit` is in bytes."""

    def __init__(self, message: str = "", *, name: str = "", limit: int = 0) -> None:
        super().__init__(message, name=name)
        self.limit = limit


class PictureUnsupportedError(PictureError):
    """A kind of file that is not accepted; `kind` names it for people, such as "HEIC" or "PDF"."""

    def __init__(self, message: str = "", *, name: str = "", kind: str = "") -> None:
        super().__init__(message, name=name)
        self.kind = kind


class PictureBrokenError(PictureError):
    """A picture that does not decode, or whose dimensions are out of all proportion (PictureDimensionsError)."""


class PictureDimensionsError(PictureBrokenError):
    """A picture with far too many pixels, or out of all proportion: a crop of it would do."""


class PictureUnavailableError(PictureError):
    """The platform did not hand the file over (expired, forbidden, unreachable)."""


class DeliveryError(LookseeError):
    """Base of what can go wrong when a message is sent."""


class RetryLaterError(DeliveryError):
    """Certainly not delivered; may be tried again after `seconds` (None: the caller's own back-off)."""

    def __init__(self, message: str = "", *, seconds: float | None = None) -> None:
        super().__init__(message or "try again later")
        self.seconds = seconds


class SlotGoneError(DeliveryError):
    """Certainly not delivered: the message whose place it was to take (its slot) is gone. It may go as a new one."""


class UndeliverableError(DeliveryError):
    """Certainly not delivered, and trying again cannot help (the customer blocked the bot, the chat is gone)."""


class ThreadGoneError(UndeliverableError):
    """Certainly not delivered: the thread or topic was deleted, while its channel or group is still there."""


class AmbiguousDeliveryError(DeliveryError):
    """The request left, but no answer came: the message may or may not be there. Never blindly repeated."""
