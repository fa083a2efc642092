// Names of header fields: finding them, and those that scripts must leave alone.
// Must not check how names are spelt: Mail does.

package import Mail

extension HeaderBlock {
    /// Whether a field has this name. Asked for each field of each test: no generic call, no octet of most fields.
    package func hasName(_ name: [UInt8], _ field: HeaderField) -> Bool {
        guard field.name.count == name.count else { return false }
        let written = self.name(of: field)
        var index = written.startIndex
        for octet in name {
            if written[index].lowercased != octet.lowercased { return false }
            index += 1
        }
        return true
    }
}

enum FieldName {
    /// Whether scripts must not delete the field (RFC 5293 section 6).
    static func isProtected(_ name: [UInt8]) -> Bool {
        name.isSameIgnoringCase(as: Array("Received".utf8)) || name.isSameIgnoringCase(as: Array("Auto-Submitted".utf8))
    }
}
