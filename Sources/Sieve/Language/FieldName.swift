// Names of header fields (RFC 5322 section 3.6.8) as scripts give them.
// Must not know which fields there are.

enum FieldName {
    /// Whether these octets can be the name of a field: printable US-ASCII without a colon.
    static func isValid(_ name: [UInt8]) -> Bool {
        !name.isEmpty && name.allSatisfy { $0.isPrintable && $0 != UInt8(ascii: ":") }
    }

    /// Whether scripts must not delete the field (RFC 5293 section 6).
    static func isProtected(_ name: [UInt8]) -> Bool {
        name.isSameIgnoringCase(as: Array("Received".utf8)) || name.isSameIgnoringCase(as: Array("Auto-Submitted".utf8))
    }
}
