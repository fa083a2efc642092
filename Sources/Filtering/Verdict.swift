// What becomes of a message: the outcome, what the client gets, and why.
// Must not carry anything out.

package import Mail
package import Sieve

/// One rule that had an effect.
package struct RuleMatch: Sendable, Equatable {
    /// The rule file.
    package var file: String
    /// The line of the action, counted from 1.
    package var line: Int
    /// The action in short, such as `addheader X-Spam-Flag`.
    package var action: String

    package init(file: String, line: Int, action: String) {
        self.file = file
        self.line = line
        self.action = action
    }
}

/// The rule set's decision about one message.
package struct Verdict: Sendable {
    /// What the client sees of the message.
    package enum Outcome: Sendable, Equatable {
        /// The message, with the edited header if there is one.
        case keep
        /// The notice in the message's place.
        case discard
        /// The notice in the message's place, or an error reply with this reason: one line of printable ASCII.
        case reject(String)
    }

    /// What the client sees.
    package var outcome: Outcome
    /// The edited header block with its empty line; nil if no byte changed.
    package var header: [UInt8]?
    /// What stands in for a discarded or rejected message.
    var standIn: Notice?
    /// The same, as an earlier session gave it to the client.
    var rememberedNotice: [UInt8]?
    /// The rules that had an effect, in the order they ran.
    package var matches: [RuleMatch]
    /// Header fields that were added (`+Name`) and removed (`-Name`), each once; those in Popsieve's own name space that
    /// came with the message are among the latter.
    package var edits: [String]
    /// What is wrong with the message, by name.
    package var defects: [String]
    /// Why a rule file could not be run to its end, with file and line; the message is kept then.
    package var failure: String?
    /// The quarantine folders that a copy of the message is to be put in.
    package var quarantine: [String] = []
    /// The complete message with replaced parts, or wrapped in another; nil if that was not asked for.
    package var message: MessagePieces?
    /// What `duplicate` is to remember once the message has been dealt with (RFC 7352 section 3.1).
    package var tracked: [TrackedID] = []
    /// The scans that rules asked for in vain, and why.
    package var unscanned: [ScanKind: String] = [:]
    /// The rules would withhold it, and somebody released it.
    package var isReleased = false
    /// It is delivered though no rule has looked at it.
    package var unjudged: Unjudged?
    /// Whether a part was replaced, or the message wrapped.
    var isRewritten = false
    /// What rule files wrote for their authors.
    package var debugLines: [DebugLine] = []

    /// How a message is delivered that no rule has looked at.
    package enum Unjudged: String, Sendable {
        /// Whole.
        case unjudged
        /// Its header and its first lines.
        case truncated
    }

    package init(
        outcome: Outcome = .keep,
        header: [UInt8]? = nil,
        matches: [RuleMatch] = [],
        edits: [String] = [],
        defects: [String] = [],
        failure: String? = nil
    ) {
        self.outcome = outcome
        self.header = header
        self.matches = matches
        self.edits = edits
        self.defects = defects
        self.failure = failure
    }

    /// A header of which a part could not be judged: what no rule has seen must not be delivered.
    ///
    /// - Parameters:
    ///   - reason: which limit it is beyond; one line of printable ASCII
    ///   - header: what is to be had of the header, for the notice
    package static func beyondLimit(_ reason: String, header: [UInt8]) -> Verdict {
        var verdict = Verdict(outcome: .reject(reason), failure: reason)
        verdict.standIn = Notice(of: HeaderBlock(header), .rejected(reason, nil))
        return verdict
    }

    /// What stands in for a message that can't be looked at now: complete, CRLF line ends, not dot-stuffed.
    ///
    /// - Parameters:
    ///   - reason: why, in a line or several
    ///   - header: what is to be had of the header
    ///   - texts: what it says
    package static func notice(ofPostponed reason: String, header: [UInt8], texts: NoticeTexts) -> [UInt8] {
        Notice(of: HeaderBlock(header), .postponed(reason)).message(texts)
    }

    /// A message that goes to the client though no rule has looked at it, with a field that says so; rejected where that
    /// field could not be told from one that came with it.
    ///
    /// - Parameters:
    ///   - field: its name and its value, printable ASCII
    ///   - reason: one line of printable ASCII
    ///   - octets: the header block
    package static func unjudged(
        _ kind: Unjudged,
        field: (name: String, value: String),
        reason: String,
        header octets: [UInt8]
    ) -> Verdict {
        var header = HeaderBlock(octets)
        let defects = header.defects.map(\.name)
        guard header.isComplete, !header.isReadInTwoWays else {
            var refused = beyondLimit(reason, header: octets)
            refused.defects = defects
            return refused
        }
        header.removeOwnFields()
        var verdict = Verdict(defects: defects, failure: reason)
        let own = FieldWriter.field(name: Array(field.name.utf8), value: Array(field.value.utf8))
        verdict.header = own + header.rendered() + header.bytes[header.range.upperBound...]
        verdict.edits = ["+\(field.name)"]
        verdict.unjudged = kind
        return verdict
    }

    /// The complete message that stands in for a discarded or rejected one: CRLF line ends, not dot-stuffed.
    package var notice: [UInt8]? { notice() }

    /// The same, naming where the original is, in a site's own words.
    package func notice(naming copies: [QuarantinedCopy] = [], texts: NoticeTexts = .standard) -> [UInt8]? {
        rememberedNotice ?? standIn?.naming(copies).message(texts)
    }

    /// What the rules wanted scanned in vain, and why, for the audit log.
    package var reasonUnscanned: String? {
        if unscanned.isEmpty { return nil }
        return "not scanned: " + unscanned.map { "\($0.key.rawValue): \($0.value)" }.sorted().joined(separator: "; ")
    }

    /// A rule rejected the message, not a limit that nobody could judge it beyond.
    package var isRejectedByRule: Bool {
        if case .reject = outcome { !matches.isEmpty } else { false }
    }

    /// Somebody released the message from the quarantine: the client gets it as the server has it.
    package static var released: Verdict {
        var verdict = Verdict()
        verdict.isReleased = true
        return verdict
    }

    /// What rule files wrote for their authors, as the audit log shows it: `FILE:LINE: text`.
    package var debug: [String] { debugLines.map { "\($0.script):\($0.line): \($0.text)" } }

    /// The verdict in one word, as the audit log and the console show it.
    package var word: String {
        switch outcome {
        case .keep where unjudged != nil: return unjudged?.rawValue ?? ""
        case .keep where isReleased: return "released"
        case .keep where failure != nil: return "failed"
        case .keep: return message != nil ? "rewritten" : header == nil ? "passed" : "tagged"
        case .discard: return quarantine.isEmpty ? "discarded" : "quarantined"
        case .reject: return "rejected"
        }
    }
}
