// Popsieve's own header fields: what a message brings along under that name is forged, and goes.
// Must not remove a field of any other name.

import Mail

extension HeaderBlock {
    private static let ownPrefix = Array("x-popsieve-".utf8)

    /// Removes every field whose name begins with `X-Popsieve-`, in any case.
    mutating func removeOwnFields() {
        // Most names are shorter than the prefix alone: they are not looked at.
        let own = fields.filter { $0.name.count >= Self.ownPrefix.count && isOwn($0) }
        if !own.isEmpty { delete(own) }
    }

    private func isOwn(_ field: HeaderField) -> Bool {
        // Some readers skip what can't be in a name.
        let name = name(of: field).lazy.filter { $0 > 0x20 && $0 < 0x7F }.prefix(Self.ownPrefix.count)
        return name.count == Self.ownPrefix.count
            && zip(name, Self.ownPrefix).allSatisfy { octet, wanted in
                let isLetter = octet >= UInt8(ascii: "A") && octet <= UInt8(ascii: "Z")
                return (isLetter ? octet | 0x20 : octet) == wanted
            }
    }
}
