// How far a session has come, in words for the person who looks on.
// Must not be used to decide anything: the state is.

extension SessionMachine {
    /// Where a session stands, as people tell sessions apart.
    package enum Stage: String, Sendable, CaseIterable {
        /// A TLS handshake with the client is under way.
        case securing
        /// The upstream is being reached.
        case opening
        /// The client has not logged in.
        case authorization
        /// A login is under way.
        case login
        /// Logged in, and nothing is owed to the client.
        case idle
        /// The upstream owes a reply that is no message.
        case command
        /// A message is due, or on its way.
        case message
        /// It is over; the client has to take its last words.
        case closing
    }

    package var stage: Stage {
        switch state {
        case .securingClient: .securing
        case .opening: .opening
        case .authorization: exchanges.isEmpty ? .authorization : .login
        case .relayingSASL, .answeringSASL, .loggingIn: .login
        case .transaction: exchanges.isEmpty ? .idle : messageIsDue ? .message : .command
        case .closed: .closing
        }
    }

    /// Somebody who may has ended the session: the client comes back later, and nothing is deleted that it has marked.
    package mutating func endedByOperator(_ name: String) {
        tellClient(.error(.systemTemporary, "The session was ended by an operator"))
        close(.endedByOperator(name))
    }
}
