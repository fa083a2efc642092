// An OAuth 2.0 server that tests start: Authlib of Debian (python3-authlib, python3-flask).
// Must not be asked for more than it is told: what it does is in server.py.

package import ChildProcess
import Foundation
package import HTTPClient
import NIOCore
import NIOPosix
package import OAuth
import TLS

/// A running server; it ends with the object.
package final class OAuthServer: Sendable {
    package struct Failure: Error {}

    /// What tests see of it.
    package struct State: Decodable, Sendable {
        /// How often its token endpoint was asked.
        package let asked: Int
        /// The access tokens that count.
        package let live: [String]
        /// The refresh tokens that count.
        package let refreshes: [String]
    }

    package let port: Int
    package let client: HTTPClient
    package let process: ChildProcess
    /// It ends when its input does.
    private let input = Pipe()

    private let scheme: String

    /// - Parameter tls: a certificate for `localhost`, its key, and the roots that lead to it
    package init(tls: (certificate: String, key: String, roots: String)? = nil) async throws {
        scheme = tls == nil ? "http" : "https"
        let output = Pipe()
        let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/server.py"
        process = try ChildProcess(
            // Debian's, which finds Debian's libraries.
            path: "/usr/bin/python3",
            [program] + (tls.map { [$0.certificate, $0.key] } ?? []),
            input: input.fileHandleForReading,
            output: output.fileHandleForWriting
        )
        try output.fileHandleForWriting.close()
        try input.fileHandleForReading.close()
        client = try HTTPClient(
            on: MultiThreadedEventLoopGroup.singleton,
            trusting: tls.map { .roots(file: $0.roots) } ?? .systemRoots,
            patience: .seconds(60)
        )
        // Python may write a line piece by piece, and ends where nobody reads all of it.
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let piece = output.fileHandleForReading.availableData
            guard !piece.isEmpty else { throw Failure() }
            line += piece
        }
        guard let port = try? JSONDecoder().decode([String: Int].self, from: line)["port"] else { throw Failure() }
        self.port = port
    }

    deinit { try? input.fileHandleForWriting.close() }

    package var root: String { "\(scheme)://\(scheme == "http" ? "127.0.0.1" : "localhost"):\(port)" }

    package func url(_ path: String) throws -> HTTPURL {
        guard let url = HTTPURL(root + path) else { throw Failure() }
        return url
    }

    /// As an account of the client `public` uses it, or of `daemon`, which has a secret.
    package func provider(isDaemon: Bool = false) throws -> OAuthProvider {
        var provider = try OAuthProvider(
            token: url("/token"),
            clientID: isDaemon ? "daemon" : "public",
            scopes: ["mail", "offline_access"]
        )
        provider.authorization = try url("/authorize")
        provider.device = try url("/device_authorization")
        if isDaemon { provider.clientSecret = Secret("daemon-secret-7f3a") }
        return provider
    }

    package func endpoint(isDaemon: Bool = false) throws -> TokenEndpoint {
        try TokenEndpoint(provider(isDaemon: isDaemon), client)
    }

    /// Changes how it behaves.
    @discardableResult
    package func control(_ changes: [String: String] = [:]) async throws -> State {
        let values = changes.map { (name: $0.key, value: $0.value) }
        let response = try await client.response(to: .form(url("/control"), values))
        return try JSONDecoder().decode(State.self, from: Data(response.body))
    }

    /// Takes a token back (RFC 7009).
    package func revoke(_ token: Secret) async throws {
        _ = try await client.response(to: .form(url("/revoke"), [("client_id", "public"), ("token", token.text)]))
    }

    /// Goes where a browser would go: to the address, and from there where it is sent.
    package func browse(_ address: String) async throws -> String {
        guard let url = HTTPURL(address) else { throw Failure() }
        guard let place = try await client.response(to: HTTPRequest(.get, url))["Location"] else { throw Failure() }
        return place
    }

    /// A grant to begin with.
    package func signIn() async throws -> Grant {
        let flow = try CodeFlow(endpoint(), redirect: "http://127.0.0.1:9/")
        guard case .code(let code) = try await flow.arrival(address: browse(flow.address(hint: nil))) else {
            throw Failure()
        }
        return try await flow.grant(for: code)
    }
}
