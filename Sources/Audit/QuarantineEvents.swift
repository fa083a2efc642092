// Payloads of the events that concern the quarantine, apart from any session: released, removed, expired.
// Must not hold anything of a message's content.

extension AuditEvent {
    /// Payload of ``released(_:)`` and ``removed(_:)``.
    package struct QuarantineChange: Sendable, Equatable {
        /// Whose message it is.
        package var user: [UInt8]
        /// The name that the settings gave to the upstream.
        package var upstream: String
        package var uidl: [UInt8]?
        /// Which one.
        package var copy: AuditCopy
        /// Who did it: a user of this machine.
        package var person: String

        package init(user: [UInt8], upstream: String, uidl: [UInt8]?, copy: AuditCopy, person: String) {
            self.user = user
            self.upstream = upstream
            self.uidl = uidl
            self.copy = copy
            self.person = person
        }
    }

    /// Payload of ``expired(_:)``.
    package struct Expired: Sendable, Equatable {
        package var messages: Int
        package var octets: Int
        /// Who did it: a user of this machine; nil for the relay itself.
        package var person: String?

        package init(messages: Int, octets: Int, person: String? = nil) {
            self.messages = messages
            self.octets = octets
            self.person = person
        }
    }
}
