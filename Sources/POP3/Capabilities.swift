// What both sides can do: the upstream's list of capabilities, made true for the client.
// Must not remember anything: whoever reads it keeps what decides about the next command.

/// A list of capabilities (RFC 2449 section 5), rewritten line by line.
package struct Capabilities: Equatable, Sendable {
    /// What holds for this client at this moment.
    package struct Conditions: Equatable, Sendable {
        /// STLS would be carried out.
        package var offersSTLS: Bool
        /// USER, PASS and AUTH would be carried out, or are over already.
        package var allowsLogin: Bool

        package init(offersSTLS: Bool, allowsLogin: Bool) {
            self.offersSTLS = offersSTLS
            self.allowsLogin = allowsLogin
        }
    }

    /// The lines without their CRLF and without the dot at the end.
    package private(set) var lines: [String]

    /// What Popsieve can promise of itself when it does not know the upstream yet.
    package static func own(mechanisms: [String]) -> Capabilities {
        Capabilities(lines: [
            "TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "USER",
            "SASL \(mechanisms.joined(separator: " "))",
        ])
    }

    package init(lines: [String]) {
        self.lines = lines
    }

    /// Reads the body of a CAPA reply, as received, with or without its last line.
    package init(reply: [UInt8]) {
        lines = reply.split(separator: 0x0A).compactMap { line in
            let line = line.last == 0x0D ? line.dropLast() : line
            return line.isEmpty || line.elementsEqual([0x2E]) ? nil : String(decoding: line, as: UTF8.self)
        }
    }

    package var allowsPipelining: Bool { names("PIPELINING") }

    /// RFC 6856.
    package var takesUTF8: Bool { names("UTF8") }

    /// USER and PASS.
    package var takesUser: Bool { names("USER") }

    /// Of SASL, in upper case.
    package var mechanisms: [String] {
        lines.map { $0.uppercased().split(separator: " ") }.filter { $0.first == "SASL" }
            .flatMap { $0.dropFirst().map(String.init) }
    }

    private func names(_ capability: String) -> Bool {
        lines.contains { $0.split(separator: " ").first?.uppercased() == capability }
    }

    /// The list that is true for the client: nothing that would be refused, nothing that can't be relayed.
    package func offered(under conditions: Conditions) -> Capabilities {
        var offered = lines.compactMap { Self.relayed($0, conditions) }
        // What comes ahead waits here where the upstream can't take it.
        if !allowsPipelining { offered.append("PIPELINING") }
        if conditions.offersSTLS { offered.append("STLS") }
        return Capabilities(lines: offered)
    }

    /// The whole reply.
    package var reply: [UInt8] {
        "+OK\r\n".utf8 + list
    }

    /// The reply behind its status line.
    package var list: [UInt8] {
        lines.flatMap { $0.utf8 + [0x0D, 0x0A] } + [0x2E, 0x0D, 0x0A]
    }

    private static func relayed(_ line: String, _ conditions: Conditions) -> String? {
        let words = line.split(separator: " ")
        switch words.first?.uppercased() {
        case "STLS": return nil
        case "USER": return conditions.allowsLogin ? line : nil
        case "SASL":
            guard conditions.allowsLogin else { return nil }
            let mechanisms = relayable(mechanisms: words.dropFirst())
            guard mechanisms.count < words.count - 1 else { return line }
            return mechanisms.isEmpty ? nil : "SASL " + mechanisms.joined(separator: " ")
        case "CAPA", "TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "EXPIRE", "LOGIN-DELAY", "UTF8",
            "LANG", "IMPLEMENTATION":
            return line
        default: return nil
        }
    }

    /// Channel binding and client certificates are bound to the TLS session that Popsieve ends.
    package static func relayable(mechanisms: some Sequence<Substring>) -> [Substring] {
        mechanisms.filter { name in
            let name = name.uppercased()
            return name != "EXTERNAL" && !name.hasSuffix("-PLUS")
        }
    }
}
