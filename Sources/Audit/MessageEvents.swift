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
        /// Octets of the message as the server sent it, dots unstuffed, without the final dot line.
        package var octetsIn: Int
        /// Octets as the client got it, counted in the same way.
        package var octetsOut: Int
        /// `passed`, `tagged`, `discarded`, `rejected` or `failed`.
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
        /// False where the message broke off in the middle.
        package var isComplete: Bool

        package init(
            session: AuditSession,
            command: Command,
            number: Int,
            uidl: [UInt8]? = nil,
            octetsIn: Int,
            octetsOut: Int,
            verdict: String,
            rules: [AuditRule] = [],
            defects: [String] = [],
            depth: String,
            rulesMicroseconds: Int = 0,
            edits: [String] = [],
            debug: [String] = [],
            failure: String? = nil,
            isComplete: Bool = true
        ) {
            self.session = session
            self.command = command
            self.number = number
            self.uidl = uidl
            self.octetsIn = octetsIn
            self.octetsOut = octetsOut
            self.verdict = verdict
            self.rules = rules
            self.defects = defects
            self.depth = depth
            self.rulesMicroseconds = rulesMicroseconds
            self.edits = edits
            self.debug = debug
            self.failure = failure
            self.isComplete = isComplete
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

        package init(
            session: AuditSession,
            number: Int,
            uidl: [UInt8]? = nil,
            side: AuditSide,
            refusal: [UInt8]? = nil
        ) {
            self.session = session
            self.number = number
            self.uidl = uidl
            self.side = side
            self.refusal = refusal
        }
    }
}
