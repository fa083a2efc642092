// The paths of an envelope (RFC 5321 section 4.1.2): stricter than the addresses of header fields, but for their sources.

/// Who sent a message, or to whom: a mailbox, with or without angle brackets and a source route.
struct EnvelopePath {
    /// What is before the `@`, unquoted; empty for the null path.
    let localPart: [UInt8]
    /// What is behind the `@`; nil for a local part alone, such as `postmaster`.
    let domain: [UInt8]?

    /// Whether this is the path of notices, `<>`.
    var isNull: Bool { localPart.isEmpty && domain == nil }

    /// The path without brackets and route; the local part is quoted where it must be.
    var mailbox: [UInt8] {
        AddressPart.quoted(localPart) + (domain.map { [UInt8(ascii: "@")] + $0 } ?? [])
    }

    private static let at = UInt8(ascii: "@")

    /// Nil if it is no path.
    init?(_ path: [UInt8]) {
        guard var rest = Self.withoutBrackets(path[...]) else { return nil }
        if rest.isEmpty {
            (localPart, domain) = ([], nil)
            return
        }
        if rest.first == Self.at {
            guard let behind = Self.behindRoute(rest) else { return nil }
            rest = behind
        }
        guard let (localPart, end) = Self.localPart(of: rest) else { return nil }
        self.localPart = localPart
        rest = rest[end...]
        guard let at = rest.popFirst() else {
            domain = nil
            return
        }
        guard at == Self.at, Self.isDomain(rest) else { return nil }
        domain = Array(rest)
    }

    /// What is between the angle brackets, if there are any; nil if one of them is alone.
    private static func withoutBrackets(_ path: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard path.first == UInt8(ascii: "<") else { return path }
        return path.count > 1 && path.last == UInt8(ascii: ">") ? path.dropFirst().dropLast() : nil
    }

    /// What stands behind a source route, which does not count (RFC 5321 appendix C): `@a,@b:`; nil if it is none.
    private static func behindRoute(_ path: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let colon = path.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let hops = path[..<colon].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard hops.allSatisfy({ $0.first == at && isDomain($0.dropFirst()) }) else { return nil }
        return path[(colon + 1)...]
    }

    /// The local part, unquoted, and where it ends; nil if there is none.
    private static func localPart(of path: ArraySlice<UInt8>) -> ([UInt8], Int)? {
        guard path.first == .doubleQuote else {
            let atoms = path.prefix(while: \.isAtomText)
            return atoms.isEmpty ? nil : (Array(atoms), atoms.endIndex)
        }
        var text: [UInt8] = []
        var isEscaped = false
        for index in path.indices.dropFirst() {
            let octet = path[index]
            guard octet >= .space, octet != 0x7F else { return nil }
            if octet == .doubleQuote, !isEscaped { return text.isEmpty ? nil : (text, index + 1) }
            isEscaped = octet == .backslash && !isEscaped
            if !isEscaped { text.append(octet) }
        }
        return nil
    }

    /// Whether this is a domain or an address literal.
    private static func isDomain(_ text: ArraySlice<UInt8>) -> Bool {
        if text.first == UInt8(ascii: "["), text.last == UInt8(ascii: "]") {
            let inner = text.dropFirst().dropLast()
            return !inner.isEmpty && inner.allSatisfy { $0.isPrintable && !brackets.contains($0) }
        }
        let labels = text.split(separator: .dot, omittingEmptySubsequences: false)
        return labels.allSatisfy { label in
            !label.isEmpty
                && label.allSatisfy { $0.isIdentifierPart || $0 == UInt8(ascii: "-") || $0 >= 0x80 }
        }
    }

    private static let brackets = [UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "\\")]
}
