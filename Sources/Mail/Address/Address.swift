// Addresses as header fields hold them (RFC 5322 section 3.4).
// Must not know which fields hold addresses.

/// One address of a header field.
public struct Address: Sendable, Equatable {
    /// The whole address: local part, `@` and domain, without comments and white space; the local part is quoted only
    /// where it must be. Of something that is no address: its text as it stands.
    public let text: [UInt8]
    /// What is before the `@`, unquoted; empty if this is no address, or the null address `<>`.
    public let localPart: [UInt8]
    /// What is behind the `@`; empty likewise. A domain literal keeps its brackets.
    public let domain: [UInt8]
    /// The display name as text, its encoded words decoded; empty if there is none.
    public let displayName: [UInt8]
    /// The group that it is a member of, as text; nil outside groups.
    public let group: [UInt8]?
    /// Whether it has a local part and a domain, well formed or with harmless mistakes.
    public var isValid: Bool { !localPart.isEmpty && !domain.isEmpty }
}

/// The addresses of one header field, in order, and what is wrong with it.
///
/// Groups are resolved into their members; an empty group has none. Never fails: what is no address stands in the list
/// as an invalid one.
public struct AddressList: Sendable {
    /// The addresses in order.
    public let addresses: [Address]
    /// What is wrong, with offsets in the text that was given.
    public let defects: [Defect]
    /// Whether `addresses` has all of them; false if there are more than `Limits.addresses`.
    public var isComplete: Bool { !defects.contains { $0.kind == .tooManyAddresses } }

    /// Reads the addresses of `text`, a field body; it need not be unfolded.
    public init(_ text: [UInt8], limits: Limits = Limits()) {
        var parser = AddressParser(text, limits: limits)
        parser.parseList()
        addresses = parser.addresses
        defects = parser.defects.list
    }
}
