// The fields that a header must not have twice (RFC 5322 section 3.6, RFC 2045 section 3): readers differ on which counts.
// Must not decide which does.

/// Finds fields that stand twice.
enum SingleFields {
    /// Names in small letters, and what it is called when there are two.
    private static let kinds: [(name: [UInt8], duplicate: Defect.Kind)] =
        [
            "from", "sender", "reply-to", "to", "cc", "bcc", "message-id", "in-reply-to", "references", "subject",
            "date",
            "mime-version", "content-disposition", "content-id",
        ].map { (Array($0.utf8), .duplicateField) } + [
            (Array("content-type".utf8), .duplicateContentType),
            (Array("content-transfer-encoding".utf8), .duplicateTransferEncoding),
        ]

    /// Places in `kinds`, by the length of the name.
    private static let places: [[Int]] = (0..<32).map { length in
        kinds.indices.filter { kinds[$0].name.count == length }
    }

    /// All of them: in most headers none stands twice, and nothing more is looked at.
    static let names = FieldNameSet(kinds.map(\.name))

    /// Notes the second of each of these fields.
    static func noteDuplicates(of fields: [HeaderField], in octets: Span<UInt8>, _ defects: inout Defects) {
        var seen: UInt32 = 0
        for field in fields where field.name.count < places.count {
            for place in places[field.name.count] {
                let (name, duplicate) = kinds[place]
                // The last letter tells nearly all of them apart.
                guard octets[field.nameEnd &- 1].lowercased == name[name.count - 1],
                    octets.isSame(field.name, ignoringCaseOf: name)
                else { continue }
                if seen & 1 << UInt32(place) != 0 { defects.note(duplicate, at: field.start) }
                seen |= 1 << UInt32(place)
            }
        }
    }
}
