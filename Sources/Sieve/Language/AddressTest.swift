// address (RFC 5228 section 5.1) and the parts of an address (section 2.7.4).
// Must not parse addresses: Mail does.

import Mail

extension Definition {
    static let address = Definition(
        name: "address",
        kind: .test,
        tags: .matching + .addressParts + .index + .partScope,
        parameters: [Parameter("header names", .stringList), Parameter("key list", .stringList)]
    ) { unit, call throws(CompileError) in
        let names = try unit.texts(call.positional[0])
        for (text, literal) in zip(names.texts, CompilationUnit.literals(of: call.positional[0])) {
            guard let name = text.constant, !AddressTest.fieldNames.contains(name.text.lowercased()) else { continue }
            throw call.error(
                "specified header '\(name.text)' is not allowed for the address test",
                fix: "name a field that holds addresses, such as From, or use the header test",
                at: literal.position
            )
        }
        let part = AddressPart(of: call)
        let aspect = call.has("count") ? nil : "address \(part)"
        let fields = try FieldSelection(call, names: names, aspect: aspect, in: &unit)
        let comparison = try Comparison(call, keys: call.positional[1], in: &unit, of: fields.number)
        unit.emit(AddressTest(fields: fields, part: part, comparison: comparison), comparing: comparison)
    }
}

/// Which part of an address is compared.
enum AddressPart: String, Sendable {
    case all
    case localpart
    case domain
    case user
    case detail

    init(of call: Call) {
        self = call.choice(of: "ADDRESS-PART").flatMap(AddressPart.init(rawValue:)) ?? .all
    }

    /// The part of a valid address; nil if it has none, so that nothing matches.
    func of(_ address: Address, separator: [UInt8]) -> [UInt8]? {
        switch self {
        case .all: Self.whole(address)
        case .localpart: address.localPart
        case .domain: address.domain
        case .user: Subaddress.user(of: address.localPart, separator: separator)
        case .detail: Subaddress.detail(of: address.localPart, separator: separator)
        }
    }

    /// The parts of the valid addresses of a field. A field that has none is compared as a whole by `:all`; an empty one
    /// is empty in all its parts.
    func values(
        of field: HeaderField,
        in header: HeaderBlock,
        separator: [UInt8]
    ) throws(Interruption) -> [[UInt8]] {
        let valid = try header.allAddresses(of: field).filter(\.isValid)
        if !valid.isEmpty { return valid.compactMap { of($0, separator: separator) } }
        let text = header.unfoldedValue(of: field)
        return self == .all || text.isEmpty ? [text] : []
    }
}

extension AddressPart {
    /// Local part, `@` and domain; a local part that is no dot-atom is quoted, so that it reads only one way.
    private static func whole(_ address: Address) -> [UInt8] {
        if address.localPart.allSatisfy(\.isAtomText) { return address.text }
        return quoted(address.localPart) + [UInt8(ascii: "@")] + address.domain
    }

    /// A local part as it stands in an address: in quotes if it is no dot-atom.
    static func quoted(_ localPart: [UInt8]) -> [UInt8] {
        if localPart.allSatisfy(\.isAtomText) { return localPart }
        var quoted: [UInt8] = [.doubleQuote]
        for octet in localPart {
            if octet == .doubleQuote || octet == .backslash { quoted.append(.backslash) }
            quoted.append(octet)
        }
        return quoted + [.doubleQuote]
    }
}

extension HeaderBlock {
    /// The addresses of a field; throws if there are more than are read, as what no test sees could be what it looks for.
    fileprivate func allAddresses(of field: HeaderField) throws(Interruption) -> [Address] {
        let list = addresses(of: field)
        guard list.isComplete else { throw .failed("a field has more addresses than are read (too-many-addresses)") }
        return list.addresses
    }
}

extension [TagDefinition] {
    /// ADDRESS-PART.
    static let addressParts: [TagDefinition] = [
        TagDefinition("all", group: "ADDRESS-PART"),
        TagDefinition("localpart", group: "ADDRESS-PART"),
        TagDefinition("domain", group: "ADDRESS-PART"),
        TagDefinition("user", group: "ADDRESS-PART", capability: "subaddress"),
        TagDefinition("detail", group: "ADDRESS-PART", capability: "subaddress"),
    ]
}

struct AddressTest: Condition {
    /// The fields that hold addresses; any other is an error, as RFC 5228 section 5.1 asks.
    static let fieldNames: Set<String> = [
        "from", "to", "cc", "bcc", "sender", "reply-to", "resent-from", "resent-to", "resent-cc", "resent-bcc",
        "resent-sender", "resent-reply-to", "return-path", "delivered-to", "x-original-to", "envelope-to",
        "disposition-notification-to", "return-receipt-to", "errors-to", "mail-followup-to", "mail-reply-to",
        "x-original-from", "approved", "apparently-to", "for-approval", "for-comment", "for-handling",
        "original-recipient", "original-sender", "abuse-reports-to", "x-admin", "x-beenthere", "x-complaints-to",
        "x-confirm-reading-to", "x-report-abuse-to", "read-receipt-to", "return-receipt-requested",
        "registered-mail-reply-requested-by",
    ]

    let fields: FieldSelection
    let part: AddressPart
    let comparison: Comparison

    var depth: Depth { fields.scope.depth }
    var idle: Idle? { comparison.counts ? nil : fields.ownNames.map { Idle(fields: $0) } }

    func holds(in machine: inout Machine) throws(Interruption) -> Bool {
        if comparison.counts { return try comparison.matches(count: count(in: &machine), in: &machine) }
        let values = try fields.values(in: &machine) { header, field, machine throws(Interruption) in
            try part.values(of: field, in: header, separator: machine.context.addressSeparator)
        }
        if machine.trace != nil { return try holdsVisibly(in: &machine) }
        for value in values where try comparison.matches(value, in: &machine) { return true }
        return false
    }

    /// The same field by field, for those who look on.
    private func holdsVisibly(in machine: inout Machine) throws(Interruption) -> Bool {
        for (header, field) in try fields.fields(in: &machine) {
            machine.look(at: field, of: header)
            for value in try part.values(of: field, in: header, separator: machine.context.addressSeparator) {
                if try comparison.matches(value, in: &machine) { return true }
            }
        }
        return false
    }

    /// The number of mailboxes (RFC 5231 section 4.2): what is no address is none of them.
    private func count(in machine: inout Machine) throws(Interruption) -> Int {
        var count = 0
        for (header, field) in try fields.fields(in: &machine) {
            machine.look(at: field, of: header)
            count += try header.allAddresses(of: field).count(where: \.isValid)
        }
        return count
    }
}
