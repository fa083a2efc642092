// What a relay cannot do, and why: the compiler refuses it in rule files with these words.
// Must not refuse what is merely unusual.

import Sieve

extension CompilerOptions {
    /// What rule files of a relay may use.
    static func relay(limits: Sieve.Limits) -> CompilerOptions {
        var options = CompilerOptions()
        options.limits = limits
        options.refusals = relayRefusals
        return options
    }

    private static let sendsNoMail = "a relay sends no mail"
    private static let noQuarantine = "it needs the quarantine, which this version does not have yet"
    private static let noBody = "it needs the message's body, which this version does not hold back yet"
    private static let noScanner = "no scanner is asked yet; test the header fields of the provider's scanner"
    private static let noFlags = "a POP3 server has no flags"
    private static let noMailboxes = "a POP3 server has one mailbox"

    private static let relayRefusals: [String: String] = [
        "redirect": sendsNoMail, "redirect-dsn": sendsNoMail, "redirect-deliverby": sendsNoMail,
        "vacation": sendsNoMail, "vacation-seconds": sendsNoMail,
        "enotify": sendsNoMail, "notify": sendsNoMail, "fcc": sendsNoMail,
        "fileinto": noQuarantine, "copy": noQuarantine, "mailbox": noQuarantine,
        "body": noBody, "mime": noBody, "foreverypart": noBody, "extracttext": noBody, "replace": noBody,
        "enclose": noBody,
        "duplicate": "it needs a memory of messages, which this version does not have yet",
        "extlists": "it needs lists, which this version does not have yet",
        "spamtest": noScanner, "spamtestplus": noScanner, "virustest": noScanner,
        "include": "included files are not read yet; rule files run one after the other",
        "imap4flags": noFlags, "imapflags": noFlags, "setflag": noFlags, "addflag": noFlags, "removeflag": noFlags,
        "special-use": noMailboxes, "mboxmetadata": noMailboxes, "servermetadata": noMailboxes,
    ]
}
