// nginx's auth_http as a directory: one GET for each login, questions and answers in header fields, no bodies.
// Must not say a password anywhere else, and takes nothing for an answer that is not whole.

import Foundation
import HTTPClient
import NIOCore
import Relay
import Synchronization

/// Asks a server that answers as nginx's ngx_mail_auth_http_module expects it.
final class AuthHTTP: LoginDirectory {
    private let client: HTTPClient
    private let settings: DirectorySettings
    private let delaysRefusals: Bool
    private let remembered: Mutex<RememberedEntries>
    /// Open questions, by the clients' addresses.
    private let asking = Mutex<[String: Int]>([:])

    /// Questions at once: who asks beyond that is told to come back.
    private static let mostQuestions = 512
    /// Of one address, so that the others get answers.
    private static let mostOfAddress = 64
    /// A refusal that is to wait waits no longer.
    private static let longestWait = 30
    /// Octets of what a refusal says.
    private static let longestWords = 300

    /// - Parameter delaysRefusals: whoever guesses waits as long as the directory says
    init(_ settings: DirectorySettings, _ client: HTTPClient, delaysRefusals: Bool = true) {
        self.delaysRefusals = delaysRefusals
        self.settings = settings
        self.client = client
        remembered = Mutex(RememberedEntries(for: settings.remembers))
    }

    func answer(to question: DirectoryQuestion, on loop: any EventLoop) -> EventLoopFuture<DirectoryAnswer> {
        if let entry = remembered.withLock({ $0[question, at: .now()] }) {
            return loop.makeSucceededFuture(.accepted(entry))
        }
        let address = question.clientAddress
        let mayAsk = asking.withLock { open in
            let own = open[address] ?? 0
            guard own < Self.mostOfAddress, open.values.reduce(0, +) < Self.mostQuestions else { return false }
            open[address] = own + 1
            return true
        }
        guard mayAsk else { return loop.makeFailedFuture(DirectoryFailure("too many questions are open")) }
        let promise = loop.makePromise(of: DirectoryAnswer.self)
        Task {
            let result = await ask(question)
            asking.withLock { open in
                let own = (open[address] ?? 1) - 1
                open[address] = own > 0 ? own : nil
            }
            switch result {
            case .success(.accepted(let entry)):
                remembered.withLock { $0.add(entry, for: question, at: .now()) }
                promise.succeed(.accepted(entry))
            case .success(.refused(let words, let wait)):
                // As nginx does: whoever guesses waits.
                if wait > 0, delaysRefusals { try? await Task.sleep(for: .seconds(min(wait, Self.longestWait))) }
                promise.succeed(.refused(words: words))
            case .failure(let failure): promise.fail(failure)
            }
        }
        return promise.futureResult
    }

    func forget(_ question: DirectoryQuestion) { remembered.withLock { $0.remove(question) } }

    private func ask(_ question: DirectoryQuestion) async -> Result<Answer, DirectoryFailure> {
        var request = HTTPRequest(.get, settings.url)
        request.fields = settings.fields + Self.fields(question)
        do throws(HTTPFailure) {
            return Self.answer(try await client.response(to: request))
        } catch {
            return .failure(DirectoryFailure("\(settings.url.authority): \(error)"))
        }
    }

    // MARK: The question

    static func fields(_ question: DirectoryQuestion) -> [(name: String, value: String)] {
        var fields = [
            ("Auth-Method", "plain"), ("Auth-User", escape(question.user)),
            ("Auth-Pass", escape(question.password.octets)), ("Auth-Protocol", "pop3"),
            ("Auth-Login-Attempt", "\(question.attempt)"), ("Client-IP", question.clientAddress),
        ]
        if let version = question.tlsVersion { fields += [("Auth-SSL", "on"), ("Auth-SSL-Protocol", version)] }
        if let proxied = question.proxied {
            // The client is whom the proxy names, as with nginx's realip; what it has connected to stands beside.
            fields += [
                ("Proxy-Protocol-Addr", question.clientAddress), ("Proxy-Protocol-Port", "\(proxied.clientPort)"),
            ]
            if let address = proxied.server?.ipAddress, let port = proxied.server?.port {
                fields += [("Proxy-Protocol-Server-Addr", address), ("Proxy-Protocol-Server-Port", "\(port)")]
            }
        }
        return fields.map { (name: $0.0, value: $0.1) }
    }

    /// As nginx escapes: what could end the field or be lost, and the percent sign. So is what is no text.
    static func escape(_ octets: [UInt8]) -> String {
        let isText = String(validating: octets, as: UTF8.self) != nil
        let digits = Array("0123456789ABCDEF".utf8)
        let text = octets.flatMap { octet -> [UInt8] in
            guard octet <= 0x20 || octet == 0x25 || octet == 0x7F || octet > 0x7F && !isText else { return [octet] }
            return [0x25, digits[Int(octet >> 4)], digits[Int(octet & 15)]]
        }
        return String(decoding: text, as: UTF8.self)
    }

    // MARK: The answer

    enum Answer {
        case accepted(DirectoryEntry)
        /// - Parameter wait: seconds
        case refused(words: String, wait: Int)
    }

    /// The status of HTTP counts only where there is no status of the login: nginx does not look at it.
    static func answer(_ response: HTTPResponse) -> Result<Answer, DirectoryFailure> {
        let names = ["Auth-Status", "Auth-Server", "Auth-Port", "Auth-User", "Auth-Pass", "Auth-Wait"]
        var fields: [String: String] = [:]
        for name in names {
            let values = response.fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
            guard values.count < 2 else { return .failure(DirectoryFailure("\(name) stands twice in the answer")) }
            fields[name] = values.first.map { $0.trimmingCharacters(in: .whitespaces) }
        }
        guard let status = fields["Auth-Status"] ?? ((200...299).contains(response.status) ? "OK" : nil) else {
            return .failure(DirectoryFailure("status \(response.status), and no Auth-Status in the answer"))
        }
        if status == "OK" { return entry(fields).map(Answer.accepted) }
        let wait = fields["Auth-Wait"].flatMap { Int($0) } ?? 0
        return .success(.refused(words: String(status.prefix(longestWords)), wait: max(0, wait)))
    }

    private static func entry(_ fields: [String: String]) -> Result<DirectoryEntry, DirectoryFailure> {
        guard let server = fields["Auth-Server"], !server.isEmpty else {
            return .failure(DirectoryFailure("no Auth-Server in the answer"))
        }
        var entry: DirectoryEntry
        if let address = try? SocketAddress(ipAddress: server, port: 0).ipAddress {
            guard let port = fields["Auth-Port"].flatMap(Quantity.port) else {
                return .failure(DirectoryFailure("no port from 1 to 65535 in the answer's Auth-Port"))
            }
            entry = DirectoryEntry(server: .address(address, port: port))
        } else {
            entry = DirectoryEntry(server: .upstream(server))
        }
        for name in ["Auth-User", "Auth-Pass"] {
            // They become parts of commands.
            guard fields[name]?.hasControlCharacter != true, fields[name]?.contains("\u{FFFD}") != true else {
                return .failure(DirectoryFailure("a control character, or no UTF-8, in the answer's \(name)"))
            }
        }
        entry.user = fields["Auth-User"].flatMap { $0.isEmpty ? nil : Array($0.utf8) }
        entry.password = fields["Auth-Pass"].flatMap { $0.isEmpty ? nil : HeldSecret(Array($0.utf8)) }
        return .success(entry)
    }
}
