// subaddress (RFC 5233): the user and the detail of a local part.
// Must not know who is a user here.

extension Extension {
    static let subaddress = Extension(capability: "subaddress")
}

enum Subaddress {
    /// What is before the first separator; the whole local part if there is none.
    static func user(of localPart: [UInt8], separator: [UInt8]) -> [UInt8] {
        place(of: separator, in: localPart).map { Array(localPart[..<$0]) } ?? localPart
    }

    /// What is behind the first separator; nil if there is none.
    static func detail(of localPart: [UInt8], separator: [UInt8]) -> [UInt8]? {
        place(of: separator, in: localPart).map { Array(localPart[($0 + separator.count)...]) }
    }

    private static func place(of separator: [UInt8], in localPart: [UInt8]) -> Int? {
        var budget = ComparisonBudget(Int.max)
        guard !separator.isEmpty else { return nil }
        return Substring.find(separator[...], in: localPart, from: 0, ignoringCase: false, budget: &budget)
    }
}
