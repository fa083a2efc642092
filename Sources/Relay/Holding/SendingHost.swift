// The host that handed a message in, as a Received line tells that one's own provider has written (RFC 5321 section 4.4).
// Must not guess: a wrong address makes good mail spam, or spam good mail. What can be read in two ways tells nothing.

import Mail
import NIOCore
import Scanning
import Sieve

extension ScanCircumstances {
    /// What scanners may be told of a message beside its octets.
    ///
    /// - Parameters:
    ///   - header: the message's header block
    ///   - trustedHops: how many Received lines from the top the provider's own servers have written; the last of them
    ///     names the host that handed the message in. 0: nobody knows, and nothing is told.
    package init(header: [UInt8], trustedHops: Int) {
        self.init()
        guard trustedHops > 0 else { return }
        let block = HeaderBlock(header)
        let lines = block.fields.indices.filter { block.hasName(Array("Received".utf8), block.fields[$0]) }
        guard lines.count >= trustedHops else { return }
        let last = lines[trustedHops - 1]
        guard let host = SendingHost(received: block.unfoldedValue(of: block.fields[last])) else { return }
        address = host.address
        helo = host.helo
        // What stands above was written by the same servers.
        let path = block.fields[..<last].first { block.hasName(Array("Return-Path".utf8), $0) }
        let paths = path.map { block.addresses(of: $0).addresses } ?? []
        if paths.count == 1, paths[0].isValid { sender = String(decoding: paths[0].text, as: UTF8.self) }
    }
}

/// The host that a Received line names behind `from`.
struct SendingHost: Equatable {
    /// Its address, which the receiving server saw; not one of a private network.
    let address: String
    /// What it called itself, if that can be told.
    let helo: String?

    private enum Token {
        case word(Substring)
        /// What stands in parentheses, which the receiving server has written.
        case comment(Substring)
    }

    /// Nil where the line does not tell it clearly.
    init?(received: [UInt8]) {
        guard received.allSatisfy({ (0x20...0x7E).contains($0) || $0 == 0x09 }) else { return nil }
        let text = String(decoding: received, as: UTF8.self)
        guard let tokens = Self.tokens(text), case .word(let first)? = tokens.first, first.lowercased() == "from" else {
            return nil
        }
        let clause = tokens.dropFirst().prefix { token in
            if case .word(let word) = token { word.lowercased() != "by" } else { true }
        }
        var words: [Substring] = []
        var remarks: [Substring] = []
        for token in clause {
            switch token {
            case .word(let word): words.append(word)
            case .comment(let comment): remarks += comment.split { " \t(),@".contains($0) }
            }
        }
        let named = Self.helo(in: remarks)
        var addresses = Set(remarks.compactMap { Self.address($0) })
        // Exim without a name for the address: from [192.0.2.1] (helo=name).
        if addresses.isEmpty, named != nil, words.first?.hasPrefix("[") == true {
            addresses = Set(words.prefix(1).compactMap { Self.address($0) })
        }
        guard addresses.count == 1, let address = addresses.first, !Self.isPrivate(address) else { return nil }
        self.address = address
        helo = (named ?? words.first).map(String.init)
    }

    /// `helo=name` and `HELO name`.
    private static func helo(in remarks: [Substring]) -> Substring? {
        for (index, remark) in remarks.enumerated() {
            let lowercased = remark.lowercased()
            if lowercased.hasPrefix("helo=") || lowercased.hasPrefix("ehlo=") { return remark.dropFirst(5) }
            if lowercased == "helo" || lowercased == "ehlo" { return remarks[(index + 1)...].first }
        }
        return nil
    }

    /// `192.0.2.1`, `[192.0.2.1]`, `[192.0.2.1]:4711`, `[IPv6:2001:db8::1]`.
    private static func address(_ word: Substring) -> String? {
        var word = word
        if word.hasPrefix("[") {
            guard let end = word.firstIndex(of: "]") else { return nil }
            word = word[word.index(after: word.startIndex)..<end]
        }
        if word.lowercased().hasPrefix("ipv6:") { word = word.dropFirst(5) }
        guard let address = try? SocketAddress(ipAddress: String(word), port: 0).ipAddress else { return nil }
        return address.hasPrefix("::ffff:") && address.contains(".") ? String(address.dropFirst(7)) : address
    }

    /// This machine, or a network of one's own: a hop that says nothing of who has sent the message.
    private static func isPrivate(_ address: String) -> Bool {
        let parts = address.split(separator: ".").compactMap { Int($0) }
        if parts.count == 4, !address.contains(":") {
            return switch (parts[0], parts[1]) {
            case (0, _), (10, _), (127, _), (169, 254), (192, 168), (100, 64...127), (172, 16...31): true
            default: false
            }
        }
        let prefixes = ["fe8", "fe9", "fea", "feb", "fc", "fd"]
        return address == "::1" || address == "::" || prefixes.contains(where: address.hasPrefix)
    }

    /// Words and comments; nil where a comment has no end.
    private static func tokens(_ text: String) -> [Token]? {
        var tokens: [Token] = []
        var depth = 0
        var start = text.startIndex
        func close(_ end: String.Index) {
            let words = text[start..<end]
            if depth > 0 { return tokens.append(.comment(words)) }
            tokens += words.split { $0 == " " || $0 == "\t" }.map { .word($0) }
        }
        for index in text.indices {
            switch text[index] {
            case "(":
                if depth == 0 {
                    close(index)
                    start = text.index(after: index)
                }
                depth += 1
            case ")" where depth > 0:
                if depth == 1 {
                    close(index)
                    start = text.index(after: index)
                }
                depth -= 1
            case ";" where depth == 0:
                close(index)
                return tokens
            default: break
            }
        }
        guard depth == 0 else { return nil }
        close(text.endIndex)
        return tokens
    }
}
