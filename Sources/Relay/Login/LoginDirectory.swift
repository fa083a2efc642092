// A directory outside: it is asked who a user is, whether his password is right, and which server has his mail.
// Must not know how it is asked; and no more servers are dialled at its word than the settings let it name.

package import NIOCore
import POP3
import TLS
import Transport

/// Answers for logins.
package protocol LoginDirectory: Sendable {
    /// What it says of a login, now or later, on `loop`.
    ///
    /// - Returns: fails with `DirectoryFailure`
    func answer(to question: DirectoryQuestion, on loop: any EventLoop) -> EventLoopFuture<DirectoryAnswer>

    /// The server has refused a login that the directory had let in: what is remembered of its answer is not true any more.
    func forget(_ question: DirectoryQuestion)
}

/// Who wants to log in, and from where.
package struct DirectoryQuestion: Sendable {
    package var user: [UInt8]
    package var password: HeldSecret
    /// Of this session, from 1.
    package var attempt: Int
    package var clientAddress: String
    /// Whether the client has TLS, and which version.
    package var tlsVersion: String?
    /// The client's port, and what it has connected to, where a proxy has passed it on.
    package var proxied: Proxied?

    package init(
        user: [UInt8],
        password: HeldSecret,
        attempt: Int = 1,
        clientAddress: String,
        tlsVersion: String? = nil
    ) {
        self.user = user
        self.password = password
        self.attempt = attempt
        self.clientAddress = clientAddress
        self.tlsVersion = tlsVersion
    }

    package init(user: [UInt8], password: HeldSecret, attempt: Int, clientAddress: String) {
        self.user = user
        self.password = password
        self.attempt = attempt
        self.clientAddress = clientAddress
    }

    package struct Proxied: Sendable {
        package var clientPort: Int
        package var server: SocketAddress?
    }
}

/// What a directory says of a login.
package enum DirectoryAnswer: Sendable {
    case accepted(DirectoryEntry)
    /// - Parameter words: for the client
    case refused(words: String)
}

/// Where a user's mail is.
package struct DirectoryEntry: Sendable {
    package enum Server: Equatable, Sendable {
        /// One of the settings' upstreams.
        case upstream(String)
        /// An address, which is reached as the directory's own upstream is.
        case address(String, port: Int)
    }

    package var server: Server
    /// At the server; nil: the same.
    package var user: [UInt8]?
    /// For the server; nil: the client's.
    package var password: HeldSecret?

    package init(server: Server, user: [UInt8]? = nil, password: HeldSecret? = nil) {
        self.server = server
        self.user = user
        self.password = password
    }
}

/// Why a directory has given no answer, for the audit log.
package struct DirectoryFailure: Error, Equatable, Sendable {
    package var reason: String

    package init(_ reason: String) {
        self.reason = reason
    }
}

extension RelayConfiguration {
    /// A directory, and what it may lead to.
    package struct Directory: Sendable {
        package var source: any LoginDirectory
        /// The upstream whose settings hold for each address that it names.
        package var upstream: String
        /// The networks of the addresses that it may name; nil: all but those of this machine and its wire.
        package var networks: [Network]?

        package init(_ source: any LoginDirectory, upstream: String, networks: [Network]?) {
            self.source = source
            self.upstream = upstream
            self.networks = networks
        }
    }

    /// What a directory's entry leads to; nil for what the settings don't let it name.
    package func upstream(at server: DirectoryEntry.Server, of directory: Directory) -> Upstream? {
        switch server {
        case .upstream(let name): return upstreams.first { $0.name == name }
        case .address(let text, let port):
            guard let address = IPAddress(text), directory.mayName(address),
                var upstream = upstreams.first(where: { $0.name == directory.upstream })
            else { return nil }
            // Its certificate has the name that the settings say: an address proves nothing.
            upstream.serverName = upstream.serverName ?? ServerName(upstream.host)
            upstream.host = text
            upstream.port = port
            upstream.places = [.host(text, port: port)]
            // The settings have said which of them are right.
            upstream.mayBeLocal = true
            return upstream
        }
    }
}

extension RelayConfiguration.Directory {
    fileprivate func mayName(_ address: IPAddress) -> Bool {
        networks.map { $0.contains { $0.contains(address) } } ?? ![Network].local.contains { $0.contains(address) }
    }
}

extension DirectoryEntry.Server: CustomStringConvertible {
    package var description: String {
        switch self {
        case .upstream(let name): name
        case .address(let address, let port): address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
        }
    }
}

extension Session {
    func ask(_ directory: RelayConfiguration.Directory, for attempt: LoginAttempt) {
        guard let credentials = attempt.query.credentials else {
            return deny(.auth, "\(attempt.query.mechanism) can't be looked up: the directory wants a password")
        }
        var question = DirectoryQuestion(
            user: attempt.query.user,
            password: HeldSecret(credentials.secret),
            attempt: machine.failedLogins + 1,
            clientAddress: origin.clientAddress
        )
        question.tlsVersion = clientTLSVersion
        if origin.proxy != nil {
            let server = origin.destination.flatMap { SocketAddress($0) }
            question.proxied = .init(clientPort: origin.clientPort, server: server)
        }
        attempt.question = question
        let this = NIOLoopBound((self, attempt), eventLoop: loop.eventLoop)
        directory.source.answer(to: question, on: loop.eventLoop).hop(to: loop.eventLoop).whenComplete {
            let (session, attempt) = this.value
            session.take(.directoryAnswered(attempt, $0))
        }
    }

    func directoryAnswered(_ attempt: LoginAttempt, _ result: Result<DirectoryAnswer, any Error>) {
        guard attempt === self.attempt else { return }
        switch result {
        case .success(.accepted(let entry)): goOn(attempt, as: entry)
        case .success(.refused(let words)): machine.loginDenied(.init(words: words))
        case .failure(let error):
            let reason = (error as? DirectoryFailure)?.reason ?? "no answer"
            deny(.systemTemporary, "the directory: \(reason)")
        }
    }

    private func goOn(_ attempt: LoginAttempt, as entry: DirectoryEntry) {
        guard let directory = loop.configuration.directory,
            let upstream = loop.configuration.upstream(at: entry.server, of: directory)
        else {
            return deny(
                .systemPermanent,
                "the directory names \(entry.server), which the settings don't let it (servers)"
            )
        }
        attempt.upstream = upstream
        attempt.name = entry.user ?? attempt.query.user
        attempt.credential = entry.password.map { .password($0) }
        goOn(attempt)
    }
}
