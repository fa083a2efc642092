// What a domain says of its own POP3 server, in the form that Thunderbird reads (config-v1.1.xml).
// Must not lead anywhere without TLS, nor ask anybody but the domain.

import HTTPClient

/// A POP3 server that somebody was told of.
struct MailServer: Equatable, Sendable {
    var host: String
    var port: Int
    /// STLS, and not TLS from the first octet.
    var beginsPlain: Bool
    /// The login's name.
    var user: String
}

enum Autoconfiguration {
    /// Where a domain has it. Not in plain text, where anybody could answer.
    static func places(domain: String) -> [HTTPURL] {
        [
            "https://autoconfig.\(domain)/mail/config-v1.1.xml",
            "https://\(domain)/.well-known/autoconfig/mail/config-v1.1.xml",
        ].compactMap(HTTPURL.init)
    }

    /// The first that the domain names; nil where it says nothing that can be used.
    static func server(for address: String, _ client: HTTPClient) async -> MailServer? {
        guard let domain = address.split(separator: "@").last, Quantity.isHost(String(domain)) else { return nil }
        for place in places(domain: String(domain)) {
            var request = HTTPRequest(.get, place)
            request.bodyLimit = 65_536
            guard let response = try? await client.response(to: request), response.status == 200 else { continue }
            if let server = read(response.body, address: address) { return server }
        }
        return nil
    }

    /// The first POP3 server with TLS in a document.
    static func read(_ octets: [UInt8], address: String) -> MailServer? {
        guard let events = try? MarkupReader.events(octets) else { return nil }
        var values: [String: String]?
        var text = ""
        for event in events {
            switch event {
            case .begin("incomingServer", let attributes): values = attributes["type"] == "pop3" ? [:] : nil
            case .begin: text = ""
            case .text(let more): text += more
            case .end("incomingServer"):
                if let server = values.flatMap({ server($0, address) }) { return server }
                values = nil
            // The first of several ways is the best.
            case .end(let name): if values?[name] == nil { values?[name] = text.trimmed }
            }
        }
        return nil
    }

    private static func server(_ values: [String: String], _ address: String) -> MailServer? {
        let beginsPlain = values["socketType"] == "STARTTLS"
        guard beginsPlain || values["socketType"] == "SSL", let port = values["port"].flatMap(Quantity.port),
            let host = values["hostname"].map({ filled($0, address).lowercased() }), Quantity.isHost(host)
        else { return nil }
        let user = filled(values["username"] ?? "%EMAILADDRESS%", address)
        guard !user.isEmpty, user.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
        return MailServer(host: host, port: port, beginsPlain: beginsPlain, user: user)
    }

    private static func filled(_ text: String, _ address: String) -> String {
        let parts = address.split(separator: "@")
        return text.replacing("%EMAILADDRESS%", with: address)
            .replacing("%EMAILLOCALPART%", with: parts.first ?? "")
            .replacing("%EMAILDOMAIN%", with: parts.last ?? "")
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
