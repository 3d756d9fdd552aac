"""A provider for tests that fails as told, then accepts."""

from cases.channels import Receipt


class Provider:
    """`errors` are raised in turn, then everything is accepted. `known` are the keys that a look-up finds."""

    name = "test"

    def __init__(self, *errors, can_look_up=True, known=()):
        self.errors, self.can_look_up, self.known, self.sent = list(errors), can_look_up, set(known), []

    def send(self, outgoing):
        self.sent.append(outgoing.key)
        if self.errors and (error := self.errors.pop(0)) is not None:
            raise error
        return Receipt((f"p-{len(self.sent)}",))

    def lookup(self, message, since):
        return Receipt(("p-looked-up",)) if message.key in self.known else None
