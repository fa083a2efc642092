// relational (RFC 5231): the match types :value and :count, and i;ascii-numeric (RFC 4790 section 9.1) with them.
// Must not decide what is counted: each test does.

extension Extension {
    static let relational = Extension(capability: "relational")
    static let asciiNumeric = Extension(capability: "comparator-i;ascii-numeric")
    static let octet = Extension(capability: "comparator-i;octet")
    static let unicodeCasemap = Extension(capability: "comparator-i;unicode-casemap")
    static let asciiCasemap = Extension(capability: "comparator-i;ascii-casemap")
}

/// The relations of RFC 5231 section 4, the value on the left, the key on the right.
enum Relation: String, Sendable {
    case greater = "gt"
    case greaterOrEqual = "ge"
    case less = "lt"
    case lessOrEqual = "le"
    case equal = "eq"
    case unequal = "ne"

    /// The relation that a `:value` or `:count` tag names.
    init(of call: Call, tag: String) throws(CompileError) {
        let argument = call.tagValues[tag]
        if case .string(let octets)? = argument?.value, let relation = Relation(rawValue: octets.text.lowercased()) {
            self = relation
            return
        }
        var found = "none"
        if case .string(let octets)? = argument?.value { found = "\"\(octets.text)\"" }
        throw call.error(
            "the :\(tag) match-type requires a constant string argument being one of \"gt\", \"ge\", \"lt\", \"le\", "
                + "\"eq\" or \"ne\", but \(found) was found",
            fix: "write :\(tag) \"ge\" or the like",
            at: argument?.position
        )
    }

    /// Whether the relation holds between two strings of this order.
    func holds(_ order: Int) -> Bool {
        switch self {
        case .greater: order > 0
        case .greaterOrEqual: order >= 0
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .equal: order == 0
        case .unequal: order != 0
        }
    }
}
