// What a relay cannot do, and why: the compiler refuses it in rule files with these words.
// Must not refuse what is merely unusual.

import Sieve

/// What there is for rules to look at and to use.
package struct Reach: OptionSet, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    /// The body; without it the header alone.
    package static let body = Reach(rawValue: 1)
    /// Folders for copies of messages.
    package static let quarantine = Reach(rawValue: 2)
    /// A memory of messages that came before.
    package static let memory = Reach(rawValue: 4)
    /// Scores of scanners that nobody has set up: rules that ask for them are tried out.
    package static let anyScore = Reach(rawValue: 8)
    /// What a relay with a quarantine and a store has.
    package static let relay: Reach = [.body, .quarantine, .memory]
    /// All of it: what is at hand when rules are tried out.
    package static let everything: Reach = [.relay, .anyScore]
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
        if !reach.contains(.body) { options.refusals.merge(headerOnly) { first, _ in first } }
        if !reach.contains(.quarantine) { options.refusals.merge(withoutQuarantine) { first, _ in first } }
        if !reach.contains(.memory) { options.refusals["duplicate"] = noMemory }
        if !reach.contains(.anyScore) {
            if settings.scores.spam == nil, !settings.scores.scans.contains(.spam) {
                options.refusals["spamtest"] = noScore("spamtest", "spam")
                options.refusals["spamtestplus"] = noScore("spamtest", "spam")
            }
            if settings.scores.virus == nil, !settings.scores.scans.contains(.virus) {
                options.refusals["virustest"] = noScore("virustest", "viruses")
            }
        }
        return options
    }

    private static let sendsNoMail = "a relay sends no mail"
    private static let noQuarantine = "it needs the quarantine, and the settings say \"quarantine: none\""
    private static let noMemory = "it needs the store, and the settings say \"store: none\""
    private static let noBody = "it needs the message's body, and only the header is at hand"
    private static let noFlags = "a POP3 server has no flags"
    private static let noMailboxes = "a POP3 server has one mailbox"

    private static func noScore(_ key: String, _ subject: String) -> String {
        "no scanner for \(subject) is known; set one up under \"scanners\", or name a header field with \"\(key)\""
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
        "enclose": noBody, "vnd.popsieve.attachment": noBody, "vnd.popsieve.disarm": noBody,
    ]

    private static let withoutQuarantine: [String: String] = [
        "fileinto": noQuarantine, "copy": noQuarantine, "mailbox": noQuarantine,
    ]
}
