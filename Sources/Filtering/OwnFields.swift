// Popsieve's own header fields: what a message brings along under that name is forged, and goes.
// Must not remove a field of any other name.

import Mail

extension HeaderBlock {
    /// Removes every field whose name begins with `X-Popsieve-`, in any case.
    mutating func removeOwnFields() {
        let own = fields.filter(isOwn)
        if !own.isEmpty { delete(own) }
    }

    private func isOwn(_ field: HeaderField) -> Bool {
        let name = name(of: field)
        let prefix = "x-popsieve-".utf8
        guard name.count >= prefix.count else { return false }
        return zip(name, prefix).allSatisfy { octet, wanted in
            let isLetter = octet >= UInt8(ascii: "A") && octet <= UInt8(ascii: "Z")
            return (isLetter ? octet | 0x20 : octet) == wanted
        }
    }
}
