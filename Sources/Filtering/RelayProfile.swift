// What a relay cannot do, and why: the compiler refuses it in rule files with these words.
// Must not refuse what is merely unusual.

import Sieve

/// How much of a message there is for rules to see.
package enum Reach: Sendable {
    /// The header block alone.
    case header
    /// All of it: what the relay gives them.
    case body
    /// All of it, and a quarantine that can be thought of: what is at hand when rules are tried out.
    case message
}

extension CompilerOptions {
    /// What rule files may use.
    static func rules(_ settings: RuleSettings, reach: Reach) -> CompilerOptions {
        var options = CompilerOptions()
        options.limits = settings.limits
        options.lists = Set(settings.lists.keys)
        options.scans = settings.scores.scans
        options.refusals = never
        options.includesAreFinal = true
        if reach == .header { options.refusals.merge(headerOnly) { first, _ in first } }
        if reach != .message {
            options.refusals.merge(notYet) { first, _ in first }
            if settings.scores.spam == nil, !settings.scores.scans.contains(.spam) {
                options.refusals["spamtest"] = noScore("spamtest")
                options.refusals["spamtestplus"] = noScore("spamtest")
            }
            if settings.scores.virus == nil, !settings.scores.scans.contains(.virus) {
                options.refusals["virustest"] = noScore("virustest")
            }
        }
        return options
    }

    private static let sendsNoMail = "a relay sends no mail"
    private static let noQuarantine = "it needs the quarantine, which this version does not have yet"
    private static let noBody = "it needs the message's body, and only the header is at hand"
    private static let noFlags = "a POP3 server has no flags"
    private static let noMailboxes = "a POP3 server has one mailbox"

    private static func noScore(_ key: String) -> String {
        "no header field is known to tell a score; name it in the settings with \"\(key)\""
    }

    private static let never: [String: String] = [
        "redirect": sendsNoMail, "redirect-dsn": sendsNoMail, "redirect-deliverby": sendsNoMail,
        "vacation": sendsNoMail, "vacation-seconds": sendsNoMail,
        "enotify": sendsNoMail, "notify": sendsNoMail, "fcc": sendsNoMail,
        "imap4flags": noFlags, "imapflags": noFlags, "setflag": noFlags, "addflag": noFlags, "removeflag": noFlags,
        "special-use": noMailboxes, "mboxmetadata": noMailboxes, "servermetadata": noMailboxes,
    ]

    private static let headerOnly: [String: String] = [
        "body": noBody, "mime": noBody, "foreverypart": noBody, "extracttext": noBody, "replace": noBody,
        "enclose": noBody,
    ]

    private static let notYet: [String: String] = [
        "fileinto": noQuarantine, "copy": noQuarantine, "mailbox": noQuarantine,
        "duplicate": "it needs a memory of messages, which this version does not have yet",
    ]
}
