// When two trees say the same, wherever their words stand.
// Must not compare meanings: two ways to write one thing are two things.

extension Statement {
    /// Whether both are lists of the same statements, names and tags in either case, places aside.
    static func areSame(_ left: [Statement], _ right: [Statement]) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
    }

    private func isSame(as other: Statement) -> Bool {
        name.utf8.map(\.lowercased) == other.name.utf8.map(\.lowercased)
            && arguments.count == other.arguments.count
            && zip(arguments, other.arguments).allSatisfy { $0.value.isSame(as: $1.value) }
            && tests.isSame(as: other.tests)
            && (block == nil) == (other.block == nil)
            && Statement.areSame(block ?? [], other.block ?? [])
    }
}

extension Statement.Tests {
    fileprivate func isSame(as other: Statement.Tests) -> Bool {
        switch (self, other) {
        case (.none, .none): true
        case (.one(let tests), .one(let others)), (.list(let tests), .list(let others)):
            Statement.areSame(tests, others)
        case (.none, _), (.one, _), (.list, _): false
        }
    }
}

extension Argument.Value {
    fileprivate func isSame(as other: Argument.Value) -> Bool {
        switch (self, other) {
        case (.tag(let name), .tag(let otherName)):
            name.utf8.map(\.lowercased) == otherName.utf8.map(\.lowercased)
        case (.number(let number), .number(let otherNumber)): number == otherNumber
        case (.string(let octets), .string(let otherOctets)): octets == otherOctets
        case (.stringList(let literals), .stringList(let otherLiterals)):
            literals.map(\.value) == otherLiterals.map(\.value)
        case (.tag, _), (.number, _), (.string, _), (.stringList, _): false
        }
    }
}
