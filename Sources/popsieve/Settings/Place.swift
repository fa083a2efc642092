// Where a value stands: in the settings file, or on the command line.

/// A place in a file, or the name of a flag.
struct Place: Equatable, Sendable {
    /// The file, or a flag such as `--listen`.
    var file: String
    /// From 1; nil on the command line.
    var line: Int?
    /// In octets, from 1.
    var column: Int?
    /// The file as a whole is meant, though editors are sent to its beginning.
    var isWhole = false

    /// What stands there is nobody's business.
    var isConfidential = false

    /// It was named on the command line, or nowhere.
    var isOutsideOfSettings: Bool { line == nil }

    /// Nowhere in particular: what nobody has set.
    static let program = Place(file: "popsieve")

    /// Such as `--listen`.
    static func flag(_ name: String) -> Place { Place(file: name) }

    static func whole(_ file: String) -> Place { Place(file: file, line: 1, column: 1, isWhole: true) }
}

/// The places of a section of the settings and of each of its values.
struct Places: Sendable {
    var section: Place
    private var values: [String: Place] = [:]

    init(_ section: Place) {
        self.section = section
    }

    /// Where a key's value stands; the section's place if the key is not set.
    subscript(key: String) -> Place {
        get { values[key] ?? section }
        set { values[key] = newValue }
    }

    func holds(_ key: String) -> Bool { values[key] != nil }

    // MARK: What can't be known

    /// Some key was mistyped; it may be any that is not there.
    var hasUnknownKeys = false
    /// Keys whose values mean nothing.
    var faulty: Set<String> = []

    /// Whether it can't be known what was meant by a key. What would follow from its value is not told then: the mistake
    /// itself is, and with it the rest may go.
    func leavesOpen(_ key: String) -> Bool { faulty.contains(key) || hasUnknownKeys && !holds(key) }
}
