// What is wrong with the values of a header block: encoded words, addresses, parameters.
// Must not be asked on the way of every message: it decodes all of them.

extension HeaderBlock {
    /// What is wrong with the block, its values included. Those of a value have the offset of the field's beginning.
    public func allDefects() -> [Defect] {
        var found = Defects()
        for defect in defects { found.note(defect.kind, at: defect.offset) }
        noteDefectsOfValues(in: &found)
        return found.list
    }

    /// Notes what is wrong with the values of the fields that came with the block.
    func noteDefectsOfValues(in defects: inout Defects) {
        for field in fields where !field.isAdded {
            _ = decodedValue(of: field, noting: &defects)
            for defect in structuredDefects(of: field) { defects.note(defect.kind, at: field.start) }
        }
    }

    private static let addressFields = [
        "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc",
        "Resent-Bcc",
    ].map { Array($0.utf8) }
    private static let typeField = Array("Content-Type".utf8)
    private static let dispositionField = Array("Content-Disposition".utf8)
    private static let encodingField = Array("Content-Transfer-Encoding".utf8)

    private func structuredDefects(of field: HeaderField) -> [Defect] {
        if Self.addressFields.contains(where: { isField(field, named: $0) }) { return addresses(of: field).defects }
        if isField(field, named: Self.typeField) {
            return ContentType.defects(of: unfoldedValue(of: field), limits: limits)
        }
        if isField(field, named: Self.encodingField) {
            let kind = TransferEncoding.read(unfoldedValue(of: field)).defect
            return kind.map { [Defect($0, at: 0)] } ?? []
        }
        guard isField(field, named: Self.dispositionField) else { return [] }
        return ParameterizedValue(unfoldedValue(of: field), limits: limits).defects
    }
}
