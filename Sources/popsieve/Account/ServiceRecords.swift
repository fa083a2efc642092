// What a domain's SRV records say of its POP3 server (RFC 6186).
// Must not be believed about other domains: whoever answers for the domain's name server could name his own.

import Transport

/// The best server of a domain; records are not signed, so that only the domain's own hosts need no confirmation.
struct ServiceRecords {
    /// Asks the name servers for a service; none where there is no such service, or nobody says. Waits.
    var ask: @Sendable (String) -> [ServiceRecord] = { (try? Resolver.servers(of: $0)) ?? [] }

    /// TLS from the first octet is better than STLS.
    private static let services = [("_pop3s._tcp.", beginsPlain: false), ("_pop3._tcp.", beginsPlain: true)]

    func server(for address: String) -> MailServer? {
        guard let domain = address.split(separator: "@").last, Quantity.isHost(String(domain)) else { return nil }
        for (service, beginsPlain) in Self.services {
            var generator = SystemRandomNumberGenerator()
            let records = ask("\(service)\(domain)").ordered(by: &generator)
            guard let best = records.first(where: { Quantity.isHost($0.target) && $0.port > 0 }) else { continue }
            return MailServer(host: best.target.lowercased(), port: best.port, beginsPlain: beginsPlain, user: address)
        }
        return nil
    }
}

extension MailServer {
    /// Whether it is the domain itself, or one of its hosts.
    func belongs(to domain: String) -> Bool {
        let domain = domain.lowercased()
        return host == domain || host.hasSuffix(".\(domain)")
    }
}
