// vnd.popsieve.disarm: the action disarm makes HTML parts harmless; text and layout stay.
// Must not touch a part in which there is nothing to take out, nor say that a message is harmless.

import Mail

extension Extension {
    /// `disarm`: scripts, forms, frames, remote pictures and styles go from the current part in `foreverypart`, else from
    /// all parts that are HTML. It is a `replace` of the part by itself.
    static let disarm = Extension(
        capability: "vnd.popsieve.disarm",
        definitions: [
            Definition(name: "disarm", capabilities: ["vnd.popsieve.disarm"]) { unit, _ throws(CompileError) in
                unit.emit(Disarm())
            }
        ]
    )
}

private struct Disarm: Operation {
    var depth: Depth { .body }

    func perform(in machine: inout Machine) throws(Interruption) {
        let message = try machine.completeMessage()
        let parts = machine.partLoops.isEmpty ? message.inOrder : [message.parts[machine.currentPart]]
        var rewrites: [Rewrite] = []
        for part in parts where !part.isContainer && Self.isHTML(part.contentType) {
            let text = try machine.text(of: part, in: message, isPlain: false)
            let clean = HTMLCleaner.clean(text)
            if clean == text { continue }
            guard !part.isFromDecoded else {
                throw .failed("disarm: a part in an attached message that is encoded cannot be made harmless by itself")
            }
            let octets = Self.kept(of: part.header) + MIMEWriter.htmlPart(clean)
            rewrites.append(.replace(part: part.index, octets: octets, subject: nil, from: nil))
        }
        for rewrite in rewrites { try machine.add(rewrite, as: .replace) }
    }

    private static func isHTML(_ type: ContentType) -> Bool {
        type.matches("text", "html") || type.matches("application", "xhtml+xml")
    }

    /// The fields that describe the part and stay true: its place in the message, not its type and encoding.
    private static func kept(of header: HeaderBlock) -> [UInt8] {
        ["Content-ID", "Content-Location", "Content-Disposition", "Content-Language"].flatMap { name in
            header.fields(named: Array(name.utf8)).flatMap { field in
                Array("\(name):".utf8) + header.body(of: field) + [.carriageReturn, .lineFeed]
            }
        }
    }
}
