// Header fields that scripts must leave alone.
// Must not check how names are spelt: Mail does.

enum FieldName {
    /// Whether scripts must not delete the field (RFC 5293 section 6).
    static func isProtected(_ name: [UInt8]) -> Bool {
        name.isSameIgnoringCase(as: Array("Received".utf8)) || name.isSameIgnoringCase(as: Array("Auto-Submitted".utf8))
    }
}
