// The header fields that a test looks at: by name, and by number with the extension index (RFC 5260 section 6).
// Must not check how names are spelt: Mail does.

package import Mail

extension Extension {
    static let index = Extension(capability: "index")
}

extension [TagDefinition] {
    /// The tags of the extension index.
    static let index: [TagDefinition] = [
        TagDefinition("index", value: .number, capability: "index"), TagDefinition("last", capability: "index"),
    ]
}

/// The fields of some names, or one of them by its number.
struct FieldSelection: Sendable {
    let names: TextList
    /// Counted from 1, over all names in the order of the list.
    var index: Int?
    var isFromEnd = false
    /// Whose fields they are.
    let scope: PartScope
    /// The number of what a test takes from them, if others can take the same.
    private(set) var number: Int?
    /// The names, if all are constant.
    private var constantNames: FieldNameSet?
    /// The same, if they are looked for in the message's own header, and nowhere else.
    var ownNames: FieldNameSet? { scope == .message ? constantNames : nil }

    /// - Parameter aspect: names what the test takes from each field; nil if that is another thing each time
    init(_ call: Call, names: TextList, aspect: String? = nil, in unit: inout CompilationUnit) throws(CompileError) {
        self.names = names
        scope = try PartScope(call)
        index = call.number("index").map { Int(clamping: $0) }
        isFromEnd = call.has("last")
        if index == 0 {
            throw call.error(
                "the :index tag for the \(call.definition.title) cannot be zero",
                fix: "fields are counted from 1"
            )
        }
        if isFromEnd, index == nil {
            throw call.error(
                "the :last tag for the \(call.definition.title) cannot be specified without the :index tag",
                fix: "write :index 1 :last"
            )
        }
        constantNames = names.constants.map { FieldNameSet($0) }
        if let aspect, let names = names.constants, index == nil, scope == .message {
            number = unit.fieldNumber(names.map { $0.map(\.lowercased) }, aspect: aspect)
        }
    }

    /// What `read` takes from the fields; taken once for all tests of the script that want the same.
    func values(
        in machine: inout Machine,
        _ read: (HeaderBlock, HeaderField, Machine) throws(Interruption) -> [[UInt8]]
    ) throws(Interruption) -> [[UInt8]] {
        if let number, let values = machine.fieldValues[number] { return values }
        var values: [[UInt8]] = []
        for (header, field) in try fields(in: &machine) {
            // What is read is paid for, too: a long field may come to nothing, and may be read by many tests.
            machine.budget.pay(field.range.count)
            if machine.budget.isSpent { throw .failed("too much text compared (comparedOctets)") }
            values += try read(header, field, machine)
        }
        if let number {
            if machine.script.textsReadAgain[number] { machine.fieldValues[number] = values }
            machine.candidates.scan(values, of: number)
        }
        return values
    }

    /// The fields that are there now, each with the header it stands in.
    func fields(in machine: inout Machine) throws(Interruption) -> [(header: HeaderBlock, field: HeaderField)] {
        // Nearly always the message's own header; most tests find nothing in it, so nothing is made for them.
        let isOwn = scope.isOwnHeader(in: machine)
        if isOwn, let constantNames, !machine.header.names.mayShare(with: constantNames) { return [] }
        let names = try machine.expand(names)
        var found: [(header: HeaderBlock, field: HeaderField)] = []
        if isOwn {
            machine.header.append(fieldsNamed: names, to: &found)
        } else {
            for header in try scope.headers(in: &machine) { header.append(fieldsNamed: names, to: &found) }
        }
        guard let index else { return found }
        guard index >= 1, index <= found.count else { return [] }
        return [isFromEnd ? found[found.count - index] : found[index - 1]]
    }
}

extension HeaderBlock {
    fileprivate func append(fieldsNamed names: [[UInt8]], to found: inout [(header: HeaderBlock, field: HeaderField)]) {
        for name in names {
            for field in fields where hasName(name, field) { found.append((self, field)) }
        }
    }

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
