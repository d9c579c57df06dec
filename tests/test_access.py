"""Who may do what: every route as every kind of asker, against a table written by hand.

The table is the oracle. It is never made from the code: whoever adds a route adds its row and answers for it.
"""

import re
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from portal import cli
from portal.accounts import queries as account_queries
from portal.accounts.models import Account
from portal.agencies import queries as agency_queries
from portal.agencies import service as agencies
from portal.agencies.rules import Agreed
from portal.alerts import queries as alert_queries
from portal.alerts import service as alerts
from portal.alerts.jobs import make_notices
from portal.bulletins import service as bulletins
from portal.bulletins.models import AgencyPost
from portal.feed.models import Media, Rendition
from portal.moderation import rules as moderation_rules
from portal.moderation import service as moderation
from portal.responses import service as responses
from portal.web import access, routes
from tests import factories as make
from tests.archive.files import body, bring_in
from tests.helpers import Browser, Town
from tests.people import Cast, everybody

# Columns. Rosa owns the device, the event and the clip, and wrote the posts. Ben is in reach of them, Faye is not.
# "agency" stands for police, fire and local government alike: all three are asked, and must get the same.
# A device shows its token; away from /api/ that makes it a visitor.
ASKERS = ("visitor", "rosa", "ben", "faye", "agency", "mod", "operator", "legal", "auditor", "device")

# ok: 200 · go: 3xx to another page, or 204 · in: sent to sign in · form: 422, allowed but incomplete · else the status
TABLE = """
                                                   visitor rosa ben  faye agency mod  oper legal audit device
GET  /                                             ok      go   go   go   ok     ok   ok   ok    ok    ok
GET  /healthz                                      ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /readyz                                       ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /ledger                                       ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /guide                                        ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /guarantee                                    ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /guide/asking                                 ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /guide/leaflet                                ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /guide/leaflet?lang=es&agency={slug}          ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /guidelines                                   ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
POST /guidelines                                   401     go   go   go   404    404  404  404   404   401

GET  /sign-in                                      ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
POST /sign-in                                      form    form form form form   form form form  form  form
GET  /sign-in/passkey                              go      go   go   go   go     go   go   go    go    go
POST /sign-in/passkey                              go      go   go   go   go     go   go   go    go    go
POST /sign-in/passkey/challenge                    401     ok   404  404  404    404  404  404   404   401
POST /sign-in/passkey/without                      404     404  404  404  404    404  404  404   404   404
GET  /sign-in/again                                in      ok   ok   ok   ok     ok   ok   ok    ok    in
POST /sign-in/again                                401     form form form form   form form form  form  401
GET  /account/passkeys                             in      ok   ok   ok   ok     ok   ok   ok    ok    in
GET  /account/passkeys/new                         in      go   go   go   go     go   go   go    go    in
POST /account/passkeys/new                         in      go   go   go   go     go   go   go    go    in
POST /account/passkeys/new/challenge               401     401  401  401  401    401  401  401   401   401
POST /account/passkeys/{passkey}/rename            401     form 404  404  404    404  404  404   404   401
POST /account/passkeys/{passkey}/remove            401     go   404  404  404    404  404  404   404   401
POST /sign-out                                     go      go   go   go   go     go   go   go    go    go
GET  /join                                         ok      404  404  404  404    404  404  404   404   ok
POST /join                                         form    404  404  404  404    404  404  404   404   form
GET  /confirm                                      ok      404  404  404  404    404  404  404   404   ok
POST /confirm                                      form    404  404  404  404    404  404  404   404   form
GET  /confirm/{token}                              form    form form form form   form form form  form  form
POST /confirm/{token}                              form    form form form form   form form form  form  form
GET  /password/forgotten                           ok      404  404  404  404    404  404  404   404   ok
POST /password/forgotten                           form    404  404  404  404    404  404  404   404   form
GET  /password/reset/{token}                       form    form form form form   form form form  form  form
POST /password/reset/{token}                       form    form form form form   form form form  form  form
GET  /account                                      in      ok   ok   ok   ok     ok   ok   ok    ok    in
GET  /account/password                             in      ok   ok   ok   ok     ok   ok   ok    ok    in
POST /account/password                             401     form form form form   form form form  form  401
POST /account/sessions/end                         401     go   go   go   go     go   go   go    go    401
GET  /operator/invitations                         in      404  404  404  404    404  ok   404   404   in
POST /operator/invitations                         401     404  404  404  404    404  form 404   404   401
POST /operator/invitations/print                   401     404  404  404  404    404  400  404   404   401

GET  /map.geojson                                  ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /map/cells.json                               in      ok   ok   ok   404    404  404  404   404   in
POST /account/radius                               401     400  400  400  404    404  404  404   404   401
GET  /account/home                                 in      ok   ok   ok   404    404  404  404   404   in
POST /account/home/wrong                           401     form form form 404    404  404  404   404   401
GET  /operator/neighbourhoods                      in      404  404  404  404    404  ok   404   404   in
POST /operator/neighbourhoods                      401     404  404  404  404    404  form 404   404   401
GET  /operator/neighbourhoods/{area}/rename        in      404  404  404  404    404  ok   404   404   in
POST /operator/neighbourhoods/{area}/rename        401     404  404  404  404    404  form 404   404   401
POST /operator/neighbourhoods/{area}/remove        401     404  404  404  404    404  go   404   404   401
GET  /operator/homes                               in      404  404  404  404    404  ok   404   404   in
GET  /operator/homes/{household}                   in      404  404  404  404    404  ok   404   404   in
POST /operator/homes/{household}                   401     404  404  404  404    404  form 404   404   401

GET  /devices                                      in      ok   ok   ok   404    404  404  404   404   in
GET  /devices/live                                 in      ok   go   go   404    404  404  404   404   in
GET  /devices/feed                                 in      ok   ok   ok   404    404  404  404   404   in
GET  /devices/key                                  in      ok   ok   ok   404    404  404  404   404   in
POST /devices/key                                  401     form form form 404    404  404  404   404   401
POST /devices/key/reseal                           401     form form form 404    404  404  404   404   401
POST /devices/key/start-over                       401     go   404  404  404    404  404  404   404   401
GET  /devices/new                                  in      ok   go   go   404    404  404  404   404   in
POST /devices/new                                  401     form go   go   404    404  404  404   404   401
GET  /devices/new/waiting                          in      go   go   go   404    404  404  404   404   in
GET  /devices/{device}                             in      ok   404  404  404    404  404  404   404   in
GET  /devices/{device}/edit                        in      ok   404  404  404    404  404  404   404   in
POST /devices/{device}/edit                        401     form 404  404  404    404  404  404   404   401
GET  /devices/{device}/settings                    in      ok   404  404  404    404  404  404   404   in
POST /devices/{device}/settings                    401     form 404  404  404    404  404  404   404   401
GET  /devices/retention                            in      ok   ok   ok   404    404  404  404   404   in
POST /devices/retention                            401     form form form 404    404  404  404   404   401
POST /devices/{device}/remove                      401     go   404  404  404    404  404  404   404   401
POST /devices/{removed}/put-back                   401     go   404  404  404    404  404  404   404   401
GET  /events/{event}                               in      ok   404  404  404    404  404  404   404   in
GET  /events/{event}/clip                          in      ok   404  404  404    404  404  404   404   in
GET  /events/{event}/poster                        in      ok   404  404  404    404  404  404   404   in

GET  /feed                                         ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /feed?view=map                                ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /devices/feed?view=map                        in      ok   ok   ok   404    404  404  404   404   in
GET  /feed/search                                  ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /feed/search?q=gate                           ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /feed/saved                                   in      ok   ok   ok   404    404  404  404   404   in
GET  /feed/live                                    ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /posts/{neighbours}                           404     ok   ok   404  404    404  404  404   404   404
GET  /posts/{everyone}                             ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /posts/{reported}                             404     ok   ok   404  404    404  404  404   404   404
GET  /posts/{preparing}                            404     ok   404  404  404    404  404  404   404   404
GET  /posts/{preparing}/progress                   in      ok   404  404  404    404  404  404   404   in
GET  /media/{neighbours_media}                     404     ok   ok   404  404    404  404  404   404   404
GET  /media/{everyone_media}                       ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /media/{reported_media}                       404     ok   ok   404  404    404  404  404   404   404
GET  /posts/new                                    in      ok   ok   ok   404    404  404  404   404   in
GET  /posts/new?event={event}                      in      ok   404  404  404    404  404  404   404   in
POST /posts/new                                    401     form form form 404    404  404  404   404   401
GET  /posts/reach                                  in      ok   ok   ok   404    404  404  404   404   in
POST /posts/{attention}/publish                    401     go   404  404  404    404  404  404   404   401
POST /posts/{neighbours}/delete                    401     go   404  404  404    404  404  404   404   401
POST /posts/{deleted}/put-back                     401     go   404  404  404    404  404  404   404   401
GET  /posts/{neighbours}/edit                      in      ok   404  404  404    404  404  404   404   in
GET  /posts/{everyone}/edit                        in      ok   404  404  404    404  404  404   404   in
GET  /posts/{preparing}/edit                       in      404  404  404  404    404  404  404   404   in
POST /posts/{neighbours}/edit                      401     form 404  404  404    404  404  404   404   401
POST /posts/{attention}/edit                       401     form 404  404  404    404  404  404   404   401
GET  /posts/{neighbours}/history                   404     404  404  404  404    404  404  404   404   404
GET  /posts/{edited}/history                       404     ok   ok   404  404    404  404  404   404   404
GET  /posts/{public_edited}/history                ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
POST /posts/{neighbours}/resolve                   401     go   404  404  404    404  404  404   404   401
POST /posts/{preparing}/resolve                    401     404  404  404  404    404  404  404   404   401
POST /posts/{neighbours}/renew                     401     go   404  404  404    404  404  404   404   401
POST /posts/{neighbours}/thanks                    401     404  go   404  404    404  404  404   404   401
POST /posts/{everyone}/thanks                      401     404  go   go   404    404  404  404   404   401
POST /comments/{comment}/thanks                    401     go   404  404  404    404  404  404   404   401
POST /posts/{neighbours}/save                      401     go   go   404  404    404  404  404   404   401
POST /posts/{everyone}/save                        401     go   go   go   404    404  404  404   404   401
POST /posts/{neighbours}/mute                      401     404  go   404  404    404  404  404   404   401
POST /comments/{comment}/mute                      401     go   404  404  404    404  404  404   404   401
GET  /contacts                                     in      ok   ok   ok   404    404  404  404   404   in
POST /contacts/switch                              401     go   go   go   404    404  404  404   404   401
GET  /posts/{neighbours}/contact                   in      go   ok   404  404    404  404  404   404   in
POST /posts/{neighbours}/contact                   401     go   go   404  404    404  404  404   404   401
POST /posts/{everyone}/contact                     401     go   form form 404    404  404  404   404   401
GET  /comments/{comment}/contact                   in      ok   go   404  404    404  404  404   404   in
POST /comments/{comment}/contact                   401     go   go   404  404    404  404  404   404   401
GET  /contacts/{talk}                              in      ok   ok   404  404    404  404  404   404   in
POST /contacts/{talk}                              401     form form 404  404    404  404  404   404   401
POST /contacts/{asked}/accept                      401     go   404  404  404    404  404  404   404   401
POST /contacts/{asked}/decline                     401     go   404  404  404    404  404  404   404   401
POST /contacts/{talk}/end                          401     go   go   404  404    404  404  404   404   401
GET  /contacts/{talk}/report                       in      ok   ok   404  404    404  404  404   404   in
POST /contacts/{talk}/report                       401     form form 404  404    404  404  404   404   401
GET  /moderation/contacts                          in      404  404  404  404    ok   404  404   404   in
POST /moderation/contacts/{told}/decide            401     404  404  404  404    go   404  404   404   401
POST /moderation/contacts/{talk}/decide            401     404  404  404  404    404  404  404   404   401
GET  /account/muted                                in      ok   ok   ok   404    404  404  404   404   in
POST /account/muted/{rosa}/end                     401     404  go   404  404    404  404  404   404   401
POST /account/muted/posts/{aliased}/end            401     404  go   404  404    404  404  404   404   401
POST /posts/{neighbours}/comments                  401     form form 404  404    404  404  404   404   401
POST /posts/{everyone}/comments                    401     form form form 404    404  404  404   404   401
POST /comments/{comment}/delete                    401     404  go   404  404    404  404  404   404   401
GET  /posts/{neighbours}/report                    in      ok   ok   404  404    404  404  404   404   in
POST /posts/{neighbours}/report                    401     form form 404  404    404  404  404   404   401
GET  /comments/{comment}/report                    in      ok   ok   404  404    404  404  404   404   in
POST /comments/{comment}/report                    401     form form 404  404    404  404  404   404   401

GET  /agencies                                     ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /agencies?where=all&kind=fire&q=maple         ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /agencies.csv                                 ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /agencies/confirm/{token}                     form    form form form form   form form form  form  form
POST /agencies/confirm/{token}                     form    form form form form   form form form  form  form
GET  /agencies/oak-fire                            404     404  404  404  404    404  ok   404   404   404
GET  /agencies/oak-fire.atom                       404     404  404  404  404    404  404  404   404   404
GET  /agencies/{slug}/profile                      in      404  404  404  ok     404  404  404   404   in
POST /agencies/{slug}/profile                      401     404  404  404  go     404  404  404   404   401
GET  /agencies/{other}/profile                     in      404  404  404  404    404  404  404   404   in
POST /agencies/{other}/profile                     401     404  404  404  404    404  404  404   404   401
GET  /operator/agencies                            in      404  404  404  404    404  ok   404   404   in
GET  /operator/agencies/approve                    in      404  404  404  404    404  ok   404   404   in
POST /operator/agencies/approve                    401     404  404  404  404    404  form 404   404   401
GET  /operator/agencies/new                        in      404  404  404  404    404  ok   404   404   in
POST /operator/agencies/new                        401     404  404  404  404    404  form 404   404   401
GET  /operator/agencies/import                     in      404  404  404  404    404  ok   404   404   in
POST /operator/agencies/import                     401     404  404  404  404    404  form 404   404   401
GET  /operator/agencies/{slug}                     in      404  404  404  404    404  ok   404   404   in
GET  /operator/agencies/{slug}/edit                in      404  404  404  404    404  ok   404   404   in
POST /operator/agencies/{slug}/edit                401     404  404  404  404    404  form 404   404   401
POST /operator/agencies/{slug}/attest              401     404  404  404  404    404  form 404   404   401
POST /operator/agencies/{slug}/letter              401     404  404  404  404    404  go   404   404   401
POST /operator/agencies/{slug}/approve             401     404  404  404  404    404  form 404   404   401
POST /operator/agencies/oak-fire/approve           401     404  404  404  404    404  form 404   404   401
POST /operator/agencies/{slug}/decline             401     404  404  404  404    404  form 404   404   401
POST /operator/agencies/oak-fire/decline           401     404  404  404  404    404  go   404   404   401
POST /operator/agencies/{slug}/renew               401     404  404  404  404    404  form 404   404   401
POST /operator/agencies/{slug}/leave               401     404  404  404  404    404  form 404   404   401
POST /operator/agencies/{slug}/agreements          401     404  404  404  404    404  form 404   404   401
POST /operator/agencies/maple-police/agreements/{agreement}/end 401     404  404  404  404    404  go   404   404   401
POST /operator/agencies/maple-fire/agreements/{agreement}/end 401     404  404  404  404    404  404  404   404   401
POST /operator/agencies/{slug}/members             401     404  404  404  404    404  form 404   404   401
POST /operator/agencies/maple-police/members/{membership}/end 401     404  404  404  404    404  go   404   404   401
POST /operator/agencies/maple-fire/members/{membership}/end 401     404  404  404  404    404  404  404   404   401
GET  /agencies/mine                                in      404  404  404  go     404  404  404   404   in
GET  /agencies/{slug}                              ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /agencies/{slug}/posts/{tip}                  ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /agencies/{slug}/posts/{held}                 404     404  404  404  ok     ok   404  404   404   404
GET  /agencies/{slug}/posts/new                    in      404  404  404  ok     404  404  404   404   in
POST /agencies/{slug}/posts/new                    401     404  404  404  form   404  404  404   404   401
GET  /agencies/{slug}/posts/{held}/edit            in      404  404  404  ok     404  404  404   404   in
POST /agencies/{slug}/posts/{held}/edit            401     404  404  404  form   404  404  404   404   401
GET  /agencies/{slug}/posts/{tip}/edit             in      404  404  404  ok     404  404  404   404   in
POST /agencies/{slug}/posts/{tip}/edit             401     404  404  404  form   404  404  404   404   401
POST /agencies/{slug}/posts/{tip}/withdraw         401     404  404  404  go     404  404  404   404   401
GET  /agencies/{slug}/posts/{later}                404     404  404  404  ok     404  404  404   404   404
GET  /agencies/{slug}/posts/{later}/edit           in      404  404  404  ok     404  404  404   404   in
POST /agencies/{slug}/posts/{later}/publish        401     404  404  404  go     404  404  404   404   401
POST /agencies/{slug}/posts/{tip}/publish          401     404  404  404  404    404  404  404   404   401
GET  /agencies/{slug}/posts/{withdrawn}            410     410  410  410  410    410  410  410   410   410
GET  /agencies/{slug}/posts/{changed}/history      ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /agencies/{slug}/posts/{tip}/history          404     404  404  404  404    404  404  404   404   404
GET  /agencies/{slug}/posts/{held}/history         404     404  404  404  404    404  404  404   404   404
POST /agencies/{slug}/posts/{changed}/edit/withdraw 401    404  404  404  go     404  404  404   404   401
POST /agencies/{slug}/posts/{tip}/edit/withdraw    401     404  404  404  404    404  404  404   404   401
GET  /agencies/{slug}/pictures/{shown}/480         ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /agencies/{slug}/pictures/{shown}/481         404     404  404  404  404    404  404  404   404   404
GET  /agencies/{slug}/pictures/{unseen}/480        404     404  404  404  ok     ok   404  404   404   404
GET  /agencies.atom                                ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /agencies/{slug}.atom                         ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /agencies.ics                                 ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /agencies/{slug}.ics                          ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /agencies.cap                                 ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /agencies/{slug}/posts/{urgent}.cap           ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /agencies/{slug}/posts/{tip}.cap              404     404  404  404  404    404  404  404   404   404
GET  /agencies/{slug}/posts/{held}.cap             404     404  404  404  404    404  404  404   404   404
GET  /agencies.geojson                             ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /agencies/embed                               ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /agencies/{slug}/embed                        ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /agencies/share                               ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /agencies/{slug}/share                        ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /agencies/{slug}/figures                      ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
POST /agencies/{slug}/follow                       401     go   go   go   404    404  404  404   404   401
GET  /agencies/{slug}/posts/{tip}/comments         ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /agencies/{slug}/posts/{held}/comments        404     404  404  404  404    404  404  404   404   404
GET  /agencies/{slug}/posts/{tip}/comments/new     in      ok   ok   ok   ok     404  404  404   404   in
POST /agencies/{slug}/posts/{tip}/comments/new     401     form form form form   404  404  404   404   401
GET  /agencies/{slug}/posts/{held}/comments/new    in      404  404  404  404    404  404  404   404   in
POST /agencies/{slug}/posts/{tip}/useful           401     go   go   go   404    404  404  404   404   401
POST /agencies/{slug}/posts/{tip}/coming           401     404  404  404  404    404  404  404   404   401
POST /agencies/{slug}/posts/{gathering}/coming     401     go   go   go   404    404  404  404   404   401
POST /agencies/{slug}/posts/{gathering}/useful     401     404  404  404  404    404  404  404   404   401
GET  /agencies/{other}/posts/{other_tip}/comments/new  in  ok   ok   ok   404    404  404  404   404   in
POST /agencies/{other}/posts/{other_tip}/comments/new 401  form form form 404    404  404  404   404   401
POST /agency-comments/{remark}/delete              401     404  go   404  404    404  404  404   404   401
POST /agency-comments/{unsaid}/put-back            401     404  go   404  404    404  404  404   404   401
POST /agency-comments/{remark}/put-back            401     404  404  404  404    404  404  404   404   401
POST /agency-comments/{answer}/delete              401     404  404  404  404    404  404  404   404   401
GET  /agency-comments/{remark}/edit                in      404  404  404  404    404  404  404   404   in
GET  /agency-comments/{answer}/edit                in      404  404  404  ok     404  404  404   404   in
POST /agency-comments/{answer}/edit                401     404  404  404  form   404  404  404   404   401
POST /agency-comments/{answer}/withdraw            401     404  404  404  go     404  404  404   404   401
POST /agency-comments/{remark}/withdraw            401     404  404  404  404    404  404  404   404   401
GET  /agency-comments/{other_answer}/edit          in      404  404  404  404    404  404  404   404   in
POST /agency-comments/{other_answer}/edit          401     404  404  404  404    404  404  404   404   401
POST /agency-comments/{other_answer}/withdraw      401     404  404  404  404    404  404  404   404   401
GET  /agency-comments/{answer}/history             ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /agency-comments/{remark}/history             404     404  404  404  404    404  404  404   404   404
GET  /agencies/{slug}/posts/{tip}/report           in      ok   ok   ok   404    404  404  404   404   in
POST /agencies/{slug}/posts/{tip}/report           401     form form form 404    404  404  404   404   401
GET  /agencies/{slug}/posts/{held}/report          in      404  404  404  404    404  404  404   404   in
POST /agencies/{slug}/posts/{held}/report          401     404  404  404  404    404  404  404   404   401
GET  /agencies/{slug}/posts/{withdrawn}/report     in      404  404  404  404    404  404  404   404   in
GET  /agency-comments/{remark}/report              in      ok   ok   ok   404    404  404  404   404   in
POST /agency-comments/{remark}/report              401     form form form 404    404  404  404   404   401
GET  /agency-comments/{answer}/report              in      ok   ok   ok   404    404  404  404   404   in

GET  /agencies/{other}/posts/new                   in      404  404  404  404    404  404  404   404   in
GET  /agencies/{other}/posts/{other_held}          404     404  404  404  404    ok   404  404   404   404
GET  /agencies/{other}/pictures/{other_unseen}/480 404     404  404  404  404    ok   404  404   404   404
POST /agencies/{other}/posts/{other_later}/publish 401     404  404  404  404    404  404  404   404   401
POST /agencies/{other}/posts/{other_held}/withdraw 401     404  404  404  404    404  404  404   404   401

GET  /requests                                     ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /requests?q=porches&agency=maple-police       ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /requests/{past}                              ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /requests.csv                                 ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /requests.json                                ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /requests.geojson                             ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /requests/manifest.json                       ok      ok   ok   ok   ok     ok   ok   ok    ok    ok

GET  /moderation                                   in      404  404  404  404    ok   404  404   404   in
GET  /moderation/live                              in      404  404  404  404    ok   404  404   404   in
GET  /moderation/home                              in      404  404  404  404    ok   404  404   404   in
POST /moderation/home                              401     404  404  404  404    form 404  404   404   401
GET  /moderation/media/{reported_media}            in      404  404  404  404    ok   404  404   404   in
GET  /moderation/media/{neighbours_media}          in      404  404  404  404    404  404  404   404   in
GET  /moderation/cases/reported/{reported}         in      404  404  404  404    ok   404  404   404   in
GET  /moderation/cases/reported/{neighbours}       in      404  404  404  404    404  404  404   404   in
GET  /moderation/cases/agency/{held}               in      404  404  404  404    ok   404  404   404   in
GET  /moderation/cases/reported/{reported}/live    in      404  404  404  404    ok   404  404   404   in
POST /moderation/cases/reported/{reported}/claim   401     404  404  404  404    go   404  404   404   401
POST /moderation/cases/reported/{neighbours}/claim 401     404  404  404  404    404  404  404   404   401
GET  /moderation/cases/agency/{held_answer}        in      404  404  404  404    ok   404  404   404   in
GET  /moderation/cases/reported/{reported_remark}  in      404  404  404  404    ok   404  404   404   in
POST /moderation/cases/reported/{reported_remark}/claim 401 404 404  404  404    go   404  404   404   401
GET  /moderation/cases/reported/{reported_tip}     in      404  404  404  404    ok   404  404   404   in
POST /moderation/cases/reported/{reported_tip}/claim 401   404  404  404  404    go   404  404   404   401
POST /moderation/cases/agency/{held}/claim         401     404  404  404  404    go   404  404   404   401
POST /moderation/cases/reported/{claimed}/renew    401     404  404  404  404    go   404  404   404   401
POST /moderation/cases/reported/{claimed}/give-back 401    404  404  404  404    go   404  404   404   401
POST /moderation/cases/reported/{reported}/give-back 401   404  404  404  404    404  404  404   404   401
POST /moderation/cases/reported/{claimed}/decide   401     404  404  404  404    form 404  404   404   401
POST /moderation/cases/reported/{neighbours}/decide 401    404  404  404  404    404  404  404   404   401
GET  /moderation/log                               ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /moderation/log.csv                           ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /decisions                                    in      ok   ok   ok   ok     404  404  404   404   in
GET  /decisions/{decision}/appeal                  in      ok   404  404  404    404  404  404   404   in
POST /decisions/{decision}/appeal                  401     form 404  404  404    404  404  404   404   401
GET  /decisions/{refusal}/appeal                   in      404  404  404  ok     404  404  404   404   in
POST /decisions/{refusal}/appeal                   401     404  404  404  form   404  404  404   404   401
GET  /operator/moderators                          in      404  404  404  404    404  ok   404   404   in

GET  /alerts                                       in      ok   ok   ok   404    404  404  404   404   in
GET  /alerts/live                                  go      ok   go   go   404    404  404  404   404   go
POST /alerts/read                                  401     go   go   go   404    404  404  404   404   401
POST /alerts/{notice}/read                         401     go   404  404  404    404  404  404   404   401
GET  /alerts/settings                              in      ok   ok   ok   404    404  404  404   404   in
GET  /alerts/rules/new                             in      ok   ok   ok   404    404  404  404   404   in
POST /alerts/rules/new?about=devices               401     form form form 404    404  404  404   404   401
GET  /alerts/rules/{wish}/edit                     in      ok   404  404  404    404  404  404   404   in
POST /alerts/rules/{wish}/edit                     401     form 404  404  404    404  404  404   404   401
POST /alerts/rules/{wish}/remove                   401     go   404  404  404    404  404  404   404   401
POST /alerts/digest                                401     go   go   go   404    404  404  404   404   401
POST /alerts/trial                                 401     400  400  400  404    404  404  404   404   401
POST /alerts/browsers                              401     go   go   go   404    404  404  404   404   401
POST /alerts/browsers/{browser}/remove             401     go   404  404  404    404  404  404   404   401
GET  /alerts/unsubscribe/{token}                   form    form form form form   form form form  form  form
POST /alerts/unsubscribe/{token}                   form    form form form form   form form form  form  form
GET  /service-worker.js                            ok      ok   ok   ok   ok     ok   ok   ok    ok    ok

GET  /api/v1/openapi.json                          ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
GET  /api/v1/problems                              ok      ok   ok   ok   ok     ok   ok   ok    ok    ok
POST /api/v1/pairings                              415     415  415  415  415    415  415  415   415   415
POST /api/v1/events                                401     401  401  401  401    401  401  401   401   415
POST /api/v1/status                                401     401  401  401  401    401  401  401   401   415
PUT  /api/v1/clips/{event}                         401     401  401  401  401    401  401  401   401   400
PUT  /api/v1/clips/{event}/poster                  401     401  401  401  401    401  401  401   401   400
"""


TALKS = {"talk": "everyone", "asked": "reported", "told": "edited"}  # a conversation -> the post that it is about


@dataclass(frozen=True)
class Row:
    method: str
    path: str
    expected: dict[str, str]


def rows() -> list[Row]:
    found = []
    for line in TABLE.strip().splitlines()[1:]:
        if line.strip():
            method, path, *cells = line.split()
            found.append(Row(method, path, dict(zip(ASKERS, cells, strict=True))))
    return found


@dataclass
class World:
    """One town for all rows: its database is put back as it was after each request that may have changed it."""

    town: Town
    cast: Cast
    token: str
    names: dict[str, str]
    saved: Path

    def save(self) -> None:
        """From now on, the database is put back as it is now."""
        with self.town.here.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(self.town.here.settings.data / "porchlight.sqlite", self.saved)

    def copied(self, data: Path) -> "World":
        """The same in another folder, with a program of its own."""
        shutil.copytree(self.town.here.settings.data, data, dirs_exist_ok=True)
        shutil.copy(self.saved, data / "porchlight.sqlite")
        return World(Town(data), self.cast, self.token, self.names, data / self.saved.name)

    def put_back(self) -> None:
        self.town.here.database.engine.dispose()
        for file in self.town.here.settings.data.glob("porchlight.sqlite*"):
            file.unlink()
        shutil.copy(self.saved, self.town.here.settings.data / "porchlight.sqlite")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[World]:
    data = tmp_path_factory.mktemp("town")
    shutil.copy(empty_database, data / "porchlight.sqlite")
    made = build(Town(data))
    yield made
    made.town.here.database.engine.dispose()


def build(town: Town) -> World:
    """Something of everything, in an empty town: each name in the table's paths is one of its things."""
    cast = everybody(town)
    owner = make.Owner(town, cast.rosa)
    device, token = make.device(town, cast.rosa)
    removed, _token = make.device(town, cast.rosa, "Old bell")
    with town.acting(cast.rosa) as act:
        from portal.devices import service as devices

        devices.remove(act, removed.id)
    event = make.delivered_clip(town, owner, token, poster=True)
    picture = make.jpeg()
    posts = {
        "neighbours": make.post(town, cast.rosa, uploads=[make.upload(town, picture, from_camera=True)]),
        "everyone": make.post(town, cast.rosa, audience="everyone", uploads=[make.upload(town, picture)]),
        "reported": make.post(town, cast.rosa, uploads=[make.upload(town, picture)]),
        "claimed": make.post(town, cast.rosa),
        "warned": make.post(town, cast.rosa, "Warned about."),
        "attention": make.post(town, cast.rosa, uploads=[make.upload(town, b"\xff\xd8\xff no picture at all")]),
        "deleted": make.post(town, cast.rosa),
        "edited": make.post(town, cast.rosa),
        "public_edited": make.post(town, cast.rosa, audience="everyone"),
        "aliased": make.post(town, cast.rosa, as_neighbour=True),
    }
    town.work()
    posts["preparing"] = make.post(town, cast.rosa, uploads=[make.upload(town, picture)])
    comment = make.comment(town, cast.ben, posts["neighbours"])
    area = make.neighbourhood(town, "Riverside")
    make.proposed_agency(town, "oak-fire", "fire", "Oak Fire", email="desk@oak.example")
    with town.acting() as act:
        agreed = Agreed("task-force", "Regional Task Force", town.clock.now().date())
        agreement = agencies.add_agreement(act, agency_queries.by_slug(act, "maple-police"), agreed)
        membership = agency_queries.members(act, cast.police.id)[0]
    with town.acting(cast.rosa) as act:
        from portal.feed import service as feed

        feed.delete_post(act, posts["deleted"].id)
        for name in ("edited", "public_edited"):
            changes = feed.Changes("safety", "The gate is shut now.", posts[name].audience)
            feed.edit_post(act, posts[name].id, changes)
    with town.acting(cast.ben) as act:
        feed.mute_by_post(act, posts["neighbours"].id)
        feed.mute_by_post(act, posts["aliased"].id)
    talks = {name: make.talk(town, cast.ben, cast.rosa, posts[on]) for name, on in TALKS.items()}
    with town.acting(cast.rosa) as act:
        from portal.relay import service as relay

        relay.answer(act, talks["talk"].id, consent=True)
        relay.report(act, talks["told"].id, "They threaten me.")
    with town.acting(cast.ben) as act:
        for name in ("reported", "claimed", "warned"):
            moderation.report_post(act, posts[name].id, "R5", "It names somebody.")
    with town.acting(cast.mod) as act:
        for name in ("claimed", "warned"):
            moderation.claim(act, "reported", posts[name].id)
        verdict = moderation.Verdict("warn", "It names a person.", moderation_rules.digest("Warned about."), "R5")
        decision = moderation.decide(act, "reported", posts["warned"].id, verdict)[0].case.id
    with town.acting(cast.rosa) as act:
        from portal.accounts import service as accounts
        from portal.accounts.passkeys import Enrolled

        cast.rosa = accounts.add_passkey(act, cast.rosa.id, Enrolled(b"a", b"b", 0, [], False), "Phone", is_first=False)
        passkey = account_queries.passkeys(act, cast.rosa.id)[0].id
    browser, wish, notice = alerts_of(town, cast.rosa)
    bring_in(town, town.here.settings.data, body())
    asks = "Please check your doorbell and send us the footage."
    tips, urgent, held, refusals = {}, {}, {}, {}
    tips, held, refusals, gatherings, answers, held_answers, more = {}, {}, {}, {}, {}, {}, {}
    for who, slug in ((cast.officer, "maple-police"), (cast.captain, "maple-fire"), (cast.clerk, "town-of-maple")):
        tips[slug] = make.agency_post(town, who, slug)
        urgent[slug] = make.urgent_update(town, who, slug)
        held[slug] = make.agency_post(town, who, slug, body=asks)
        starts_at = town.clock.at + timedelta(days=3)
        gatherings[slug] = make.agency_post(town, who, slug, title="Open house", kind="event", starts_at=starts_at)
        answers[slug] = make.under_agency(town, who, tips[slug], "Our desk is open until six.")
        held_answers[slug] = make.under_agency(town, who, tips[slug], asks)
        with town.acting(who) as act:
            responses.edit_answer(act, answers[slug].id, "Our desk is open until seven.")
        refusals[slug] = refused(town, cast.mod, make.agency_post(town, who, slug, body=asks))
        made = more_of_an_agency(town, cast.mod, who, slug, asks)
        more |= {f"{name} of {slug}": made_id for name, made_id in made.items()}
    remarks = {}
    for name, on in (("remark", "maple-police"), ("unsaid", "maple-police"), ("reported_remark", "maple-fire")):
        remarks[name] = make.under_agency(town, cast.ben, tips[on])
    with town.acting(cast.ben) as act:
        responses.delete_comment(act, remarks["unsaid"].id)
    with town.acting(cast.faye) as act:
        moderation.report_under_agency(act, remarks["reported_remark"].id, "R7", "It shows a garden.")
        moderation.report_agency_post(act, "maple-fire", tips["maple-fire"].id, "R1", "It asks for footage.")
    with town.reading() as act:
        media = {
            f"{name}_media": act.session.scalars(
                select(Rendition.id).join(Media, Media.id == Rendition.media_id).where(Media.post_id == posts[name].id)
            ).first()
            for name in ("neighbours", "everyone", "reported")
        }
    names = {
        "device": device.id,
        "removed": removed.id,
        "event": event,
        "comment": comment.id,
        "reported_tip": tips["maple-fire"].id,
        "decision": decision,
        "area": area,
        "agreement": agreement.id,
        "membership": membership.id,
        "rosa": cast.rosa.id,
        **{name: talk.id for name, talk in talks.items()},
        "household": cast.ben.household_id,
        "past": 1,
        "token": "no-such-link",
        "passkey": passkey,
        "browser": browser,
        "wish": wish,
        "notice": notice,
        **{name: post.id for name, post in posts.items()},
        **media,
        **{f"tip of {slug}": post.id for slug, post in tips.items()},
        **{f"urgent of {slug}": post.id for slug, post in urgent.items()},
        **{f"held of {slug}": post.id for slug, post in held.items()},
        **{f"gathering of {slug}": post.id for slug, post in gatherings.items()},
        **{f"answer of {slug}": answer.id for slug, answer in answers.items()},
        **{f"held answer of {slug}": answer.id for slug, answer in held_answers.items()},
        **{name: remark.id for name, remark in remarks.items()},
        **{f"refusal of {slug}": case for slug, case in refusals.items()},
        **more,
    }
    saved = town.here.settings.data / "saved"
    made = World(town, cast, token, {name: str(value) for name, value in names.items()}, saved)
    made.save()
    return made


def more_of_an_agency(town: Town, mod: Account, by: Account, slug: str, asks: str) -> dict[str, uuid.UUID]:
    """Something scheduled, withdrawn, and changed with new words that wait; a picture that all see, one that waits."""
    later = make.agency_post(town, by, slug, due_at=town.clock.at + timedelta(days=3))
    withdrawn, changed = (make.agency_post(town, by, slug) for _number in range(2))
    with town.acting(by) as act:
        bulletins.withdraw(act, slug, withdrawn.id)
    make.change_agency_post(town, by, slug, changed, title="Lock your windows")
    make.change_agency_post(town, by, slug, changed, body=asks)
    shown, unseen = (make.agency_picture(town, by, slug, make.jpeg()) for _number in range(2))
    with town.acting(mod) as act:
        bulletins.approve_picture(act, shown.id, {})
    made = {"later": later, "withdrawn": withdrawn, "changed": changed, "shown": shown, "unseen": unseen}
    return {name: row.id for name, row in made.items()}


def refused(town: Town, mod: Account, text: AgencyPost) -> uuid.UUID:
    """A moderator's decision that an agency's text asks for footage."""
    with town.acting(mod) as act:
        moderation.claim(act, "agency", text.id)
        words = moderation_rules.digest("\0".join((text.title, text.body, text.place)))
        verdict = moderation.Verdict("remove", "It asks for footage.", words, "R1")
        return moderation.decide(act, "agency", text.id, verdict)[0].case.id


def alerts_of(town: Town, account: Account) -> tuple[uuid.UUID, uuid.UUID, uuid.UUID]:
    """A browser, a wish about doorbells, and a notice of somebody's."""
    with town.acting(account) as act:
        browser = alerts.keep_browser(act, "https://fcm.googleapis.com/x", "key", "secret")
        wish = alerts.add_rule(act, alerts.Wish("devices", kinds=("package",)), ZoneInfo("America/New_York"))
    make_notices(town.here)
    with town.reading(account) as act:
        return browser.id, wish.id, alert_queries.inbox(act, 1)[0].notice.id


EMPTY = dict.fromkeys(("name", "title", "body", "hidden_top"), "")  # a browser sends what was left empty, too
AGENCY_SLUGS = {"officer": "maple-police", "captain": "maple-fire", "clerk": "town-of-maple"}
OTHER = {"maple-police": "maple-fire", "maple-fire": "town-of-maple", "town-of-maple": "maple-police"}


def fill(path: str, names: dict[str, str], slug: str) -> str:
    """The path with real ids. `slug` is the asker's own agency, or any."""
    own = {"slug": slug, "other": OTHER[slug]}
    own |= {
        "tip": names[f"tip of {slug}"],
        "urgent": names[f"urgent of {slug}"],
        "held": names[f"held of {slug}"],
        "refusal": names[f"refusal of {slug}"],
        "other_held": names[f"held of {OTHER[slug]}"],
        "other_tip": names[f"tip of {OTHER[slug]}"],
        "gathering": names[f"gathering of {slug}"],
        "answer": names[f"answer of {slug}"],
        "other_answer": names[f"answer of {OTHER[slug]}"],
        "held_answer": names[f"held answer of {slug}"],
        **{name: names[f"{name} of {slug}"] for name in ("later", "withdrawn", "changed", "shown", "unseen")},
        "other_later": names[f"later of {OTHER[slug]}"],
        "other_unseen": names[f"unseen of {OTHER[slug]}"],
    }
    return path.format(**(names | own))


def outcome(status: int, location: str) -> str:
    if status in (301, 302, 303, 308):
        return "in" if location.startswith("/sign-in?next=") else "go"
    return {200: "ok", 204: "go", 422: "form"}.get(status, str(status))


def ask(world: World, row: Row, asker: str) -> str:
    """What `asker` gets. For an agency: what police, fire and local government get, which has to be one thing."""
    people = list(AGENCY_SLUGS) if asker == "agency" else [asker]
    found = set()
    for person in people:
        path = fill(row.path, world.names, AGENCY_SLUGS.get(person, "maple-police"))
        account = None if person in ("visitor", "device") else getattr(world.cast, person)
        browser = world.town.browser(account)
        if person == "device":
            browser.client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {world.token}"
        found.add(send(browser, row.method, path, EMPTY))
        if row.method != "GET":
            world.put_back()
    assert len(found) == 1, f"police, fire and local government differ: {found}"
    return found.pop()


def send(browser: Browser, method: str, path: str, data: dict[str, str]) -> str:
    if method == "PUT":
        response = browser.client.put(path, data=b"x")
        return outcome(response.status_code, "")
    page = browser.get(path) if method == "GET" else browser.post(path, data)
    return outcome(page.status, page.location)


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.method} {row.path}")
def test_every_route_answers_every_asker_as_the_table_says(world: World, row: Row) -> None:
    got = {asker: ask(world, row, asker) for asker in ASKERS}
    assert got == row.expected


NOT_IDS = {
    "token": "x",
    "slug": "maple-police",
    "other": "maple-fire",
    "past": "1",
}  # every other name in a path is an id's


def route_of(app: Flask, row: Row) -> tuple[str, str]:
    """(endpoint, method), matched by the application itself: a row's path leads to the route that it stands for."""
    path = row.path.partition("?")[0]
    names = dict.fromkeys(re.findall(r"{(.*?)}", path), str(uuid.uuid4())) | NOT_IDS
    return app.url_map.bind("localhost").match(path.format(**names), method=row.method)[0], row.method


def test_every_route_has_its_row(town: Town) -> None:
    covered = {route_of(town.app, row) for row in rows()}
    found = {(route.endpoint, method) for route in routes.routes(town.app) for method in route.methods}
    assert found == covered, "a route without a row, or a row without a route"


# — What the views declare, and its document —


def kind_of(asker: str, path: str) -> str:
    """The kind of asker that the gate sees. Under /api/ no cookie counts; elsewhere no device's token does."""
    machine = path.startswith("/api/")
    if asker == "device":
        return access.DEVICE if machine else access.VISITOR
    if machine:
        return access.VISITOR
    return {"rosa": access.RESIDENT, "ben": access.RESIDENT, "faye": access.RESIDENT, "mod": access.MODERATOR}.get(
        asker, asker
    )


# Open between the password and the passkey, soon after one has shown oneself, or for one's own passkey: states that no
# asker of the table is in. tests/accounts/test_passkeys.py says who gets what there.
IN_BETWEEN = {
    f"accounts.{name}"
    for name in (
        "new_passkey",
        "new_passkey_challenge",
        "passkey_challenge",
        "remove_passkey",
        "rename_passkey",
        "without_passkey",
    )
}


def test_the_views_declare_what_the_table_says(town: Town) -> None:
    """Who is not declared is turned away in every row of the route; who is declared is let in by one at least."""
    declared, let_in, wrong = access.rules(town.app), set(), []
    for row in rows():
        endpoint, method = route_of(town.app, row)
        for asker, cell in row.expected.items():
            kind = kind_of(asker, row.path)
            if cell not in ("404", "401", "in"):
                let_in.add((endpoint, method, kind))
                if kind not in declared[endpoint]:
                    wrong.append(f"{row.method} {row.path}: {asker} gets {cell}, and {kind} is not declared")
    promised = {
        (route.endpoint, method, kind)
        for route in routes.routes(town.app)
        for method in route.methods
        for kind in route.kinds
    }
    assert not wrong
    missing = {found for found in promised - let_in if found[0] not in IN_BETWEEN}
    assert missing == set(), "declared for a kind of asker that no row lets in"


def test_the_document_says_what_the_views_declare() -> None:
    written = Path(__file__).parents[1] / "docs" / "access.md"
    printed = CliRunner().invoke(cli.porchlight, ["docs", "access"]).output
    assert written.read_text() == printed, "bring it up to date: porchlight docs access > docs/access.md"


def test_no_answer_to_an_agency_holds_a_neighbours_words_or_media(world: World) -> None:
    """Whatever an agency can open is read through for what neighbours share among themselves."""
    names = world.names
    secrets = [
        names[name] for name in ("neighbours", "reported", "neighbours_media", "reported_media", "event", "device")
    ]
    secrets.append("Somebody left the gate open.")
    with world.town.acting(world.cast.rosa) as act:
        from portal.feed import service as feed

        feed.publish(act, "safety", "A line for neighbours alone.", _street(world), "neighbours", ())
    for person, slug in AGENCY_SLUGS.items():
        browser = world.town.browser(getattr(world.cast, person))
        for row in rows():
            if row.method != "GET":
                continue
            path = fill(row.path, names, slug)
            text = browser.get(path).response.get_data().decode("latin-1")
            found = [secret for secret in (*secrets, "A line for neighbours alone.") if secret in text]
            # The everyone post shares the first words with the others; it may be shown.
            found = [secret for secret in found if secret != "Somebody left the gate open." and secret not in path]
            assert not found, f"{person} reads {found} at {path}"
    world.put_back()


def _street(world: World) -> uuid.UUID:
    from portal.neighbourhoods import queries as places

    with world.town.reading() as act:
        return places.streets(act)[0].id
