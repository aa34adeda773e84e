"""Every numeric reply: code, name, text, and the page that defines it.

The table is the list of https://modern.ircdocs.horse/#numerics (which includes SASL, 900-908),
plus those of its own extensions that the server sends. ``text`` is the last parameter that the
specification gives; it is ``""`` where the reply has none or where its words depend on the case
(``001``, ``251``, ``332`` ...), and then the sender supplies all parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Numeric:
    """One numeric reply; ``text`` is its fixed last parameter, ``""`` when it has none."""

    code: str
    name: str
    text: str = ""
    page: str = ""

    @property
    def link(self) -> str:
        """URL of the section that defines this numeric."""
        if self.page:
            return self.page
        return f"https://modern.ircdocs.horse/#{self.name.replace('_', '').lower()}-{self.code}"


RPL_WELCOME: Final = Numeric("001", "RPL_WELCOME")
RPL_YOURHOST: Final = Numeric("002", "RPL_YOURHOST")
RPL_CREATED: Final = Numeric("003", "RPL_CREATED")
RPL_MYINFO: Final = Numeric("004", "RPL_MYINFO")
RPL_ISUPPORT: Final = Numeric("005", "RPL_ISUPPORT", "are supported by this server")
RPL_BOUNCE: Final = Numeric("010", "RPL_BOUNCE")
_RFC_REPLIES: Final = "https://www.rfc-editor.org/rfc/rfc2812#section-5.1"
_SOLANUM: Final = "https://defs.ircdocs.horse/defs/numerics.html"
_MONITOR: Final = "https://ircv3.net/specs/extensions/monitor#numeric-replies"
RPL_STATSCOMMANDS: Final = Numeric("212", "RPL_STATSCOMMANDS")
RPL_STATSKLINE: Final = Numeric("216", "RPL_STATSKLINE", "", _RFC_REPLIES)
RPL_ENDOFSTATS: Final = Numeric("219", "RPL_ENDOFSTATS", "End of /STATS report")
RPL_UMODEIS: Final = Numeric("221", "RPL_UMODEIS")
RPL_STATSDLINE: Final = Numeric("225", "RPL_STATSDLINE", "", _SOLANUM)
RPL_STATSUPTIME: Final = Numeric("242", "RPL_STATSUPTIME")
RPL_STATSOLINE: Final = Numeric("243", "RPL_STATSOLINE", "", _RFC_REPLIES)
RPL_LUSERCLIENT: Final = Numeric("251", "RPL_LUSERCLIENT")
RPL_LUSEROP: Final = Numeric("252", "RPL_LUSEROP", "operator(s) online")
RPL_LUSERUNKNOWN: Final = Numeric("253", "RPL_LUSERUNKNOWN", "unknown connection(s)")
RPL_LUSERCHANNELS: Final = Numeric("254", "RPL_LUSERCHANNELS", "channels formed")
RPL_LUSERME: Final = Numeric("255", "RPL_LUSERME")
RPL_ADMINME: Final = Numeric("256", "RPL_ADMINME", "Administrative info")
RPL_ADMINLOC1: Final = Numeric("257", "RPL_ADMINLOC1")
RPL_ADMINLOC2: Final = Numeric("258", "RPL_ADMINLOC2")
RPL_ADMINEMAIL: Final = Numeric("259", "RPL_ADMINEMAIL")
RPL_TRYAGAIN: Final = Numeric("263", "RPL_TRYAGAIN", "Please wait a while and try again.")
RPL_LOCALUSERS: Final = Numeric("265", "RPL_LOCALUSERS")
RPL_GLOBALUSERS: Final = Numeric("266", "RPL_GLOBALUSERS")
RPL_WHOISCERTFP: Final = Numeric("276", "RPL_WHOISCERTFP")
RPL_ACCEPTLIST: Final = Numeric("281", "RPL_ACCEPTLIST", "", _SOLANUM)
RPL_ENDOFACCEPT: Final = Numeric("282", "RPL_ENDOFACCEPT", "End of /ACCEPT list", _SOLANUM)
RPL_NONE: Final = Numeric("300", "RPL_NONE")
RPL_AWAY: Final = Numeric("301", "RPL_AWAY")
RPL_USERHOST: Final = Numeric("302", "RPL_USERHOST")
RPL_ISON: Final = Numeric(
    "303", "RPL_ISON", "", "https://www.rfc-editor.org/rfc/rfc2812#section-4.9"
)
RPL_UNAWAY: Final = Numeric("305", "RPL_UNAWAY", "You are no longer marked as being away")
RPL_NOWAWAY: Final = Numeric("306", "RPL_NOWAWAY", "You have been marked as being away")
RPL_WHOISREGNICK: Final = Numeric("307", "RPL_WHOISREGNICK", "has identified for this nick")
RPL_WHOISUSER: Final = Numeric("311", "RPL_WHOISUSER")
RPL_WHOISSERVER: Final = Numeric("312", "RPL_WHOISSERVER")
RPL_WHOISOPERATOR: Final = Numeric("313", "RPL_WHOISOPERATOR", "is an IRC operator")
RPL_WHOWASUSER: Final = Numeric("314", "RPL_WHOWASUSER")
RPL_ENDOFWHO: Final = Numeric("315", "RPL_ENDOFWHO", "End of WHO list")
RPL_WHOISIDLE: Final = Numeric("317", "RPL_WHOISIDLE", "seconds idle, signon time")
RPL_ENDOFWHOIS: Final = Numeric("318", "RPL_ENDOFWHOIS", "End of /WHOIS list")
RPL_WHOISCHANNELS: Final = Numeric("319", "RPL_WHOISCHANNELS")
RPL_WHOISSPECIAL: Final = Numeric("320", "RPL_WHOISSPECIAL")
RPL_LISTSTART: Final = Numeric("321", "RPL_LISTSTART", "Users  Name")
RPL_LIST: Final = Numeric("322", "RPL_LIST")
RPL_LISTEND: Final = Numeric("323", "RPL_LISTEND", "End of /LIST")
RPL_CHANNELMODEIS: Final = Numeric("324", "RPL_CHANNELMODEIS")
RPL_CREATIONTIME: Final = Numeric("329", "RPL_CREATIONTIME")
RPL_WHOISACCOUNT: Final = Numeric("330", "RPL_WHOISACCOUNT", "is logged in as")
RPL_NOTOPIC: Final = Numeric("331", "RPL_NOTOPIC", "No topic is set")
RPL_TOPIC: Final = Numeric("332", "RPL_TOPIC")
RPL_TOPICWHOTIME: Final = Numeric("333", "RPL_TOPICWHOTIME")
RPL_WHOISBOT: Final = Numeric(
    "335", "RPL_WHOISBOT", "is a bot", "https://ircv3.net/specs/extensions/bot-mode"
)
RPL_INVITELIST: Final = Numeric("336", "RPL_INVITELIST")
RPL_ENDOFINVITELIST: Final = Numeric("337", "RPL_ENDOFINVITELIST", "End of /INVITE list")
RPL_WHOISACTUALLY: Final = Numeric("338", "RPL_WHOISACTUALLY", "Is actually using host")
RPL_INVITING: Final = Numeric("341", "RPL_INVITING")
RPL_INVEXLIST: Final = Numeric("346", "RPL_INVEXLIST")
RPL_ENDOFINVEXLIST: Final = Numeric(
    "347", "RPL_ENDOFINVEXLIST", "End of Channel Invite Exception List"
)
RPL_EXCEPTLIST: Final = Numeric("348", "RPL_EXCEPTLIST")
RPL_ENDOFEXCEPTLIST: Final = Numeric("349", "RPL_ENDOFEXCEPTLIST", "End of channel exception list")
RPL_VERSION: Final = Numeric("351", "RPL_VERSION")
RPL_WHOREPLY: Final = Numeric("352", "RPL_WHOREPLY")
RPL_NAMREPLY: Final = Numeric("353", "RPL_NAMREPLY")
RPL_WHOSPCRPL: Final = Numeric(
    "354", "RPL_WHOSPCRPL", "", "https://ircv3.net/specs/extensions/whox"
)
RPL_LINKS: Final = Numeric("364", "RPL_LINKS")
RPL_ENDOFLINKS: Final = Numeric("365", "RPL_ENDOFLINKS", "End of /LINKS list")
RPL_ENDOFNAMES: Final = Numeric("366", "RPL_ENDOFNAMES", "End of /NAMES list")
RPL_BANLIST: Final = Numeric("367", "RPL_BANLIST")
RPL_ENDOFBANLIST: Final = Numeric("368", "RPL_ENDOFBANLIST", "End of channel ban list")
RPL_ENDOFWHOWAS: Final = Numeric("369", "RPL_ENDOFWHOWAS", "End of WHOWAS")
RPL_INFO: Final = Numeric("371", "RPL_INFO")
RPL_MOTD: Final = Numeric("372", "RPL_MOTD")
RPL_ENDOFINFO: Final = Numeric("374", "RPL_ENDOFINFO", "End of INFO list")
RPL_MOTDSTART: Final = Numeric("375", "RPL_MOTDSTART")
RPL_ENDOFMOTD: Final = Numeric("376", "RPL_ENDOFMOTD", "End of /MOTD command.")
RPL_WHOISHOST: Final = Numeric("378", "RPL_WHOISHOST")
RPL_WHOISMODES: Final = Numeric("379", "RPL_WHOISMODES")
RPL_YOUREOPER: Final = Numeric("381", "RPL_YOUREOPER", "You are now an IRC operator")
RPL_REHASHING: Final = Numeric("382", "RPL_REHASHING", "Rehashing")
RPL_TIME: Final = Numeric("391", "RPL_TIME")
ERR_UNKNOWNERROR: Final = Numeric("400", "ERR_UNKNOWNERROR")
ERR_NOSUCHNICK: Final = Numeric("401", "ERR_NOSUCHNICK", "No such nick/channel")
ERR_NOSUCHSERVER: Final = Numeric("402", "ERR_NOSUCHSERVER", "No such server")
ERR_NOSUCHCHANNEL: Final = Numeric("403", "ERR_NOSUCHCHANNEL", "No such channel")
ERR_CANNOTSENDTOCHAN: Final = Numeric("404", "ERR_CANNOTSENDTOCHAN", "Cannot send to channel")
ERR_TOOMANYCHANNELS: Final = Numeric(
    "405", "ERR_TOOMANYCHANNELS", "You have joined too many channels"
)
ERR_WASNOSUCHNICK: Final = Numeric("406", "ERR_WASNOSUCHNICK", "There was no such nickname")
ERR_TOOMANYTARGETS: Final = Numeric(
    "407",
    "ERR_TOOMANYTARGETS",
    "Too many targets",
    "https://www.rfc-editor.org/rfc/rfc2812#section-5.2",
)
ERR_NOSUCHSERVICE: Final = Numeric(
    "408",
    "ERR_NOSUCHSERVICE",
    "No such service",
    "https://www.rfc-editor.org/rfc/rfc2812#section-5.2",
)
ERR_NOORIGIN: Final = Numeric("409", "ERR_NOORIGIN", "No origin specified")
ERR_INVALIDCAPCMD: Final = Numeric(
    "410",
    "ERR_INVALIDCAPCMD",
    "Invalid CAP command",
    "https://ircv3.net/specs/extensions/capability-negotiation",
)
ERR_NORECIPIENT: Final = Numeric("411", "ERR_NORECIPIENT", "No recipient given")
ERR_NOTEXTTOSEND: Final = Numeric("412", "ERR_NOTEXTTOSEND", "No text to send")
ERR_INPUTTOOLONG: Final = Numeric("417", "ERR_INPUTTOOLONG", "Input line was too long")
ERR_UNKNOWNCOMMAND: Final = Numeric("421", "ERR_UNKNOWNCOMMAND", "Unknown command")
ERR_NOMOTD: Final = Numeric("422", "ERR_NOMOTD", "MOTD File is missing")
ERR_NONICKNAMEGIVEN: Final = Numeric("431", "ERR_NONICKNAMEGIVEN", "No nickname given")
ERR_ERRONEUSNICKNAME: Final = Numeric("432", "ERR_ERRONEUSNICKNAME", "Erroneus nickname")
ERR_NICKNAMEINUSE: Final = Numeric("433", "ERR_NICKNAMEINUSE", "Nickname is already in use")
ERR_BANONCHAN: Final = Numeric(
    "435",
    "ERR_BANONCHAN",
    "Cannot change nickname while banned or muted in the channel",
    "https://defs.ircdocs.horse/defs/numerics#err-banonchan-435",
)
ERR_NICKCOLLISION: Final = Numeric("436", "ERR_NICKCOLLISION")
ERR_USERNOTINCHANNEL: Final = Numeric("441", "ERR_USERNOTINCHANNEL", "They aren't on that channel")
ERR_NOTONCHANNEL: Final = Numeric("442", "ERR_NOTONCHANNEL", "You're not on that channel")
ERR_USERONCHANNEL: Final = Numeric("443", "ERR_USERONCHANNEL", "is already on channel")
ERR_NOTREGISTERED: Final = Numeric("451", "ERR_NOTREGISTERED", "You have not registered")
ERR_NEEDMOREPARAMS: Final = Numeric("461", "ERR_NEEDMOREPARAMS", "Not enough parameters")
ERR_ALREADYREGISTERED: Final = Numeric("462", "ERR_ALREADYREGISTERED", "You may not reregister")
ERR_PASSWDMISMATCH: Final = Numeric("464", "ERR_PASSWDMISMATCH", "Password incorrect")
ERR_YOUREBANNEDCREEP: Final = Numeric(
    "465", "ERR_YOUREBANNEDCREEP", "You are banned from this server."
)
ERR_LINKCHANNEL: Final = Numeric(
    "470",
    "ERR_LINKCHANNEL",
    "Forwarding to another channel",
    "https://defs.ircdocs.horse/defs/numerics#err-linkchannel-470",
)
ERR_CHANNELISFULL: Final = Numeric("471", "ERR_CHANNELISFULL", "Cannot join channel (+l)")
ERR_UNKNOWNMODE: Final = Numeric("472", "ERR_UNKNOWNMODE", "is unknown mode char to me")
ERR_ACCEPTNOT: Final = Numeric("458", "ERR_ACCEPTNOT", "is not on your accept list", _SOLANUM)
ERR_INVITEONLYCHAN: Final = Numeric("473", "ERR_INVITEONLYCHAN", "Cannot join channel (+i)")
ERR_BANNEDFROMCHAN: Final = Numeric("474", "ERR_BANNEDFROMCHAN", "Cannot join channel (+b)")
ERR_BADCHANNELKEY: Final = Numeric("475", "ERR_BADCHANNELKEY", "Cannot join channel (+k)")
ERR_BADCHANMASK: Final = Numeric("476", "ERR_BADCHANMASK", "Bad Channel Mask")
ERR_NEEDREGGEDNICK: Final = Numeric(
    "477",
    "ERR_NEEDREGGEDNICK",
    "Cannot join channel (+R): log in to an account first",
    "https://defs.ircdocs.horse/defs/numerics#err-needreggednick-477",
)
ERR_BANLISTFULL: Final = Numeric(
    "478",
    "ERR_BANLISTFULL",
    "Channel list is full",
    "https://www.rfc-editor.org/rfc/rfc2812#section-5.2",
)
ERR_NOPRIVILEGES: Final = Numeric(
    "481", "ERR_NOPRIVILEGES", "Permission Denied- You're not an IRC operator"
)
ERR_CHANOPRIVSNEEDED: Final = Numeric("482", "ERR_CHANOPRIVSNEEDED", "You're not channel operator")
ERR_CANTKILLSERVER: Final = Numeric("483", "ERR_CANTKILLSERVER", "You cant kill a server!")
ERR_NOOPERHOST: Final = Numeric("491", "ERR_NOOPERHOST", "No O-lines for your host")
ERR_UMODEUNKNOWNFLAG: Final = Numeric("501", "ERR_UMODEUNKNOWNFLAG", "Unknown MODE flag")
ERR_USERSDONTMATCH: Final = Numeric("502", "ERR_USERSDONTMATCH", "Cant change mode for other users")
ERR_HELPNOTFOUND: Final = Numeric("524", "ERR_HELPNOTFOUND", "No help available on this topic")
ERR_INVALIDKEY: Final = Numeric("525", "ERR_INVALIDKEY", "Key is not well-formed")
RPL_STARTTLS: Final = Numeric(
    "670", "RPL_STARTTLS", "STARTTLS successful, proceed with TLS handshake"
)
RPL_WHOISSECURE: Final = Numeric("671", "RPL_WHOISSECURE", "is using a secure connection")
ERR_STARTTLS: Final = Numeric("691", "ERR_STARTTLS", "STARTTLS failed (Wrong moon phase)")
ERR_INVALIDMODEPARAM: Final = Numeric("696", "ERR_INVALIDMODEPARAM")
RPL_HELPSTART: Final = Numeric("704", "RPL_HELPSTART")
RPL_HELPTXT: Final = Numeric("705", "RPL_HELPTXT")
RPL_ENDOFHELP: Final = Numeric("706", "RPL_ENDOFHELP")
ERR_NOPRIVS: Final = Numeric("723", "ERR_NOPRIVS", "Insufficient oper privileges.")
RPL_MONONLINE: Final = Numeric("730", "RPL_MONONLINE", "", _MONITOR)
RPL_MONOFFLINE: Final = Numeric("731", "RPL_MONOFFLINE", "", _MONITOR)
RPL_MONLIST: Final = Numeric("732", "RPL_MONLIST", "", _MONITOR)
RPL_ENDOFMONLIST: Final = Numeric("733", "RPL_ENDOFMONLIST", "End of MONITOR list", _MONITOR)
ERR_MONLISTFULL: Final = Numeric("734", "ERR_MONLISTFULL", "Monitor list is full.", _MONITOR)
_METADATA: Final = "https://ircv3.net/specs/extensions/metadata"
RPL_KEYVALUE: Final = Numeric("761", "RPL_KEYVALUE", "", _METADATA)
RPL_KEYNOTSET: Final = Numeric("766", "RPL_KEYNOTSET", "key not set", _METADATA)
RPL_METADATASUBOK: Final = Numeric("770", "RPL_METADATASUBOK", "", _METADATA)
RPL_METADATAUNSUBOK: Final = Numeric("771", "RPL_METADATAUNSUBOK", "", _METADATA)
RPL_METADATASUBS: Final = Numeric("772", "RPL_METADATASUBS", "", _METADATA)
RPL_METADATASYNCLATER: Final = Numeric("774", "RPL_METADATASYNCLATER", "", _METADATA)
RPL_LOGGEDIN: Final = Numeric("900", "RPL_LOGGEDIN")
RPL_LOGGEDOUT: Final = Numeric("901", "RPL_LOGGEDOUT", "You are now logged out")
ERR_NICKLOCKED: Final = Numeric("902", "ERR_NICKLOCKED", "You must use a nick assigned to you")
RPL_SASLSUCCESS: Final = Numeric("903", "RPL_SASLSUCCESS", "SASL authentication successful")
ERR_SASLFAIL: Final = Numeric("904", "ERR_SASLFAIL", "SASL authentication failed")
ERR_SASLTOOLONG: Final = Numeric("905", "ERR_SASLTOOLONG", "SASL message too long")
ERR_SASLABORTED: Final = Numeric("906", "ERR_SASLABORTED", "SASL authentication aborted")
ERR_SASLALREADY: Final = Numeric(
    "907", "ERR_SASLALREADY", "You have already authenticated using SASL"
)
RPL_SASLMECHS: Final = Numeric("908", "RPL_SASLMECHS", "are available SASL mechanisms")

BY_CODE: Final[dict[str, Numeric]] = {
    value.code: value for value in tuple(globals().values()) if isinstance(value, Numeric)
}
"""All numerics of this module by their three digits."""
