// A JSON value, to compare an audit line's fields with.
// Must not know the audit log's fields.

/// Any JSON value.
enum JSON: Decodable, Hashable, Sendable {
    case string(String)
    case number(Double)
    case boolean(Bool)
    case list([JSON])
    case object([String: JSON])
    case null

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let text = try? value.decode(String.self) {
            self = .string(text)
        } else if let flag = try? value.decode(Bool.self) {
            self = .boolean(flag)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let list = try? value.decode([JSON].self) {
            self = .list(list)
        } else if let object = try? value.decode([String: JSON].self) {
            self = .object(object)
        } else {
            self = .null
        }
    }

    var text: String? { if case .string(let text) = self { text } else { nil } }
    var number: Int? { if case .number(let number) = self { Int(number) } else { nil } }
    var list: [JSON] { if case .list(let list) = self { list } else { [] } }

    subscript(name: String) -> JSON? { if case .object(let fields) = self { fields[name] } else { nil } }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    init(stringLiteral text: String) { self = .string(text) }
    init(integerLiteral number: Int) { self = .number(Double(number)) }
}
