// Payloads of the events that concern one message: delivered, deleted.
// Must not hold anything of a message's content but the names of header fields.

extension AuditEvent {
    /// Payload of ``message(_:)``.
    package struct Message: Sendable, Equatable {
        /// What the client asked for.
        package enum Command: String, Sendable, Equatable, CaseIterable {
            case retr = "RETR"
            case top = "TOP"
        }

        package var session: AuditSession
        package var command: Command
        /// The message-number of RFC 1939, counted from 1.
        package var number: Int
        /// The unique-id, where the client or the relay asked for it.
        package var uidl: [UInt8]?
        /// `passed`, `tagged`, `discarded`, `rejected` or `failed`; `undecided` where the message broke off before.
        package var verdict: String
        /// The rules that had an effect, in the order they ran.
        package var rules: [AuditRule]
        /// What is wrong with the message, by name.
        package var defects: [String]
        /// How deep the rules looked: `none`, `header`, `body` or `scan`.
        package var depth: String
        /// Time spent in the rules.
        package var rulesMicroseconds: Int
        /// Header fields that were added (`+Name`) and removed (`-Name`), in that order.
        package var edits: [String]
        /// What rule files wrote for their authors, each with file and line.
        package var debug: [String]
        /// Why the rules could not be run to their end.
        package var failure: String?
        /// Where the original is kept: quarantine folder and identifier.
        package var quarantine: [AuditCopy]
        /// What was held back of it, and for how long; nil where its header decided.
        package var held: HeldBack?
        /// The verdict is one that was found out in an earlier session.
        package var isRemembered: Bool
        /// What the message came to; nil where its end is still to come, and is told by ``MessageEnded``.
        package var totals: MessageTotals?

        package init(
            session: AuditSession,
            command: Command,
            number: Int,
            uidl: [UInt8]? = nil,
            verdict: String,
            rules: [AuditRule] = [],
            defects: [String] = [],
            depth: String,
            rulesMicroseconds: Int = 0,
            edits: [String] = [],
            debug: [String] = [],
            failure: String? = nil,
            quarantine: [AuditCopy] = [],
            held: HeldBack? = nil,
            isRemembered: Bool = false,
            totals: MessageTotals?
        ) {
            self.session = session
            self.command = command
            self.number = number
            self.uidl = uidl
            self.verdict = verdict
            self.rules = rules
            self.defects = defects
            self.depth = depth
            self.rulesMicroseconds = rulesMicroseconds
            self.edits = edits
            self.debug = debug
            self.failure = failure
            self.quarantine = quarantine
            self.held = held
            self.isRemembered = isRemembered
            self.totals = totals
        }
    }

    /// A message that rules wanted whole.
    package struct HeldBack: Sendable, Equatable {
        /// Octets that were held back.
        package var octets: Int
        /// From its first octet to the verdict.
        package var microseconds: Int
        /// What scanners took of that; nil where none was asked.
        package var scanMicroseconds: Int?

        package init(octets: Int, microseconds: Int, scanMicroseconds: Int? = nil) {
            self.octets = octets
            self.microseconds = microseconds
            self.scanMicroseconds = scanMicroseconds
        }
    }

    /// What a message came to.
    package struct MessageTotals: Sendable, Equatable {
        /// Octets of the message as the server sent it, dots unstuffed, without the final dot line.
        package var octetsIn: Int
        /// Octets as the client got it, counted in the same way.
        package var octetsOut: Int
        /// What the client was told of its size beforehand; nil where it was true, or nothing was promised.
        package var announced: Int?
        /// What was found wrong behind what the rules have seen.
        package var bodyDefects: [String]
        /// False where the message broke off in the middle.
        package var isComplete: Bool

        package init(
            octetsIn: Int,
            octetsOut: Int,
            announced: Int? = nil,
            bodyDefects: [String] = [],
            isComplete: Bool = true
        ) {
            self.octetsIn = octetsIn
            self.octetsOut = octetsOut
            self.announced = announced
            self.bodyDefects = bodyDefects
            self.isComplete = isComplete
        }
    }

    /// Payload of ``messageEnded(_:)``.
    package struct MessageEnded: Sendable, Equatable {
        package var session: AuditSession
        package var command: Message.Command
        package var number: Int
        package var uidl: [UInt8]?
        package var totals: MessageTotals

        package init(
            session: AuditSession,
            command: Message.Command,
            number: Int,
            uidl: [UInt8]? = nil,
            totals: MessageTotals
        ) {
            self.session = session
            self.command = command
            self.number = number
            self.uidl = uidl
            self.totals = totals
        }
    }

    /// Payload of ``deleted(_:)``.
    package struct Deleted: Sendable, Equatable {
        package var session: AuditSession
        /// The message-number of RFC 1939, counted from 1.
        package var number: Int
        package var uidl: [UInt8]?
        /// Who answered: the server, or the relay that did not let the command through.
        package var side: AuditSide
        /// Why it was refused; nil where the message is marked as deleted.
        package var refusal: [UInt8]?
        /// The client was told that it is deleted, and it stays: the rules rejected it.
        package var isKept: Bool

        package init(
            session: AuditSession,
            number: Int,
            uidl: [UInt8]? = nil,
            side: AuditSide,
            refusal: [UInt8]? = nil,
            isKept: Bool = false
        ) {
            self.session = session
            self.number = number
            self.uidl = uidl
            self.side = side
            self.refusal = refusal
            self.isKept = isKept
        }
    }
    /// Payload of ``deletionsUndone(_:)``.
    package struct DeletionsUndone: Sendable, Equatable {
        package var session: AuditSession
        /// How many messages had been marked.
        package var deletions: Int

        package init(session: AuditSession, deletions: Int) {
            self.session = session
            self.deletions = deletions
        }
    }
}
