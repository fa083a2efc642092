// Which tags, attributes and addresses of HTML are harmless.
// Must not let through what it does not know.

/// The lists of HTMLCleaner.
enum HTMLNames {
    private static func set(_ names: String) -> Set<String> {
        Set(names.split(whereSeparator: \.isWhitespace).map(String.init))
    }

    /// What stays.
    static let tags = set(
        """
        a abbr acronym address article aside b bdi bdo big blockquote body br caption center cite code col colgroup dd del
        details dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 head header hr html i img ins kbd label
        li main map area mark menu nav ol p pre q rp rt ruby s samp section small span strike strong sub summary sup table
        tbody td tfoot th thead time tr tt u ul var wbr
        """
    )
    /// Elements whose content is no markup. A style stays, cleaned; the others go whole.
    static let rawText = set("script style textarea title xmp iframe noembed noframes plaintext")
    /// Elements that go with all that is in them.
    static let hidden = set("svg math object applet template select datalist audio video canvas")

    /// What stays of any tag.
    private static let attributes = set(
        """
        abbr align alt axis bgcolor border cellpadding cellspacing char charoff class clear color colspan cols compact coords
        datetime dir face frame headers height hspace id lang nowrap noshade open reversed role rowspan rules scope shape size
        span start summary title type valign value vspace width
        """
    )

    /// The value of an attribute as it may stand in quotes; nil if it must not stay.
    static func cleaned(_ value: [UInt8], of attribute: String, in tag: String) -> [UInt8]? {
        switch attribute {
        case "style": return HTMLStyle.cleanedAttribute(value).map(escaped)
        case "href": return ["a", "area"].contains(tag) && begins(value, links) ? escaped(value) : nil
        case "src": return tag == "img" && begins(value, pictures) ? escaped(value) : nil
        default: return attributes.contains(attribute) ? escaped(value) : nil
        }
    }

    private static let links = ["http://", "https://", "mailto:", "tel:", "#"].map { Array($0.utf8) }
    /// What comes with the message.
    private static let pictures = [
        "cid:", "data:image/png", "data:image/jpeg", "data:image/jpg", "data:image/gif", "data:image/webp",
    ].map { Array($0.utf8) }

    /// Whether a value begins with one of these, as it is written: what hides its beginning is not harmless.
    private static func begins(_ value: [UInt8], _ beginnings: [[UInt8]]) -> Bool {
        let value = value[...].trimmed
        return beginnings.contains { value.prefix($0.count).isSame(ignoringCaseOf: $0[...]) }
    }

    private static func escaped(_ value: [UInt8]) -> [UInt8] {
        value.flatMap { octet -> [UInt8] in
            switch octet {
            case .quote: Array("&quot;".utf8)
            case .less: Array("&lt;".utf8)
            case .greater: Array("&gt;".utf8)
            case .nul: []
            default: [octet]
            }
        }
    }
}

/// Style sheets without addresses and what runs.
enum HTMLStyle {
    /// What a style sheet loads or runs by, made into words that mean nothing.
    private static let words = [
        "url(", "src(", "image(", "image-set(", "cross-fade(", "element(", "expression(", "@import", "@namespace",
        "@charset", "behavior", "-moz-binding", "javascript:", "vbscript:",
    ].map { Array($0.utf8) }
    private static let beginnings = Set(words.compactMap(\.first))
    private static let meaningless = Array("x-".utf8)

    /// Without escapes and comments, which hide words, and signs that begin tags.
    static func clean(_ style: ArraySlice<UInt8>) -> [UInt8] {
        let plain = withoutComments(style.filter { $0 != .backslash && $0 != .less && $0 != .nul })
        var output: [UInt8] = []
        for index in plain.indices {
            if beginnings.contains(plain[index].lowercased) {
                let rest = plain[index...]
                if words.contains(where: { rest.prefix($0.count).isSame(ignoringCaseOf: $0[...]) }) {
                    output += meaningless
                }
            }
            output.append(plain[index])
        }
        return output
    }

    /// The same of an attribute; nil if it has an entity other than a quote, which could stand for any word.
    static func cleanedAttribute(_ style: [UInt8]) -> [UInt8]? {
        let plain = Array(String(decoding: style, as: UTF8.self).replacing("&quot;", with: "'").utf8)
        return plain.contains(UInt8(ascii: "&")) ? nil : clean(plain[...])
    }

    private static func withoutComments(_ style: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var isInside = false
        var index = 0
        while index < style.count {
            let next = index + 1 < style.count ? style[index + 1] : 0
            if !isInside, style[index] == .slash, next == 0x2A {
                isInside = true
                index += 2
                // What a comment divides stays divided.
                output.append(.space)
            } else if isInside, style[index] == 0x2A, next == .slash {
                isInside = false
                index += 2
            } else {
                if !isInside { output.append(style[index]) }
                index += 1
            }
        }
        return output
    }
}
