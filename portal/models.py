"""Every table, in one import: for migrations and for tests that make a database from the models."""

import portal.accounts.models
import portal.agencies.models
import portal.alerts.models
import portal.archive.models
import portal.audit.models
import portal.bulletins.models
import portal.clips.models
import portal.devices.models
import portal.feed.models
import portal.mail
import portal.moderation.models
import portal.neighbourhoods.models
import portal.relay.models
import portal.responses.models  # noqa: F401
