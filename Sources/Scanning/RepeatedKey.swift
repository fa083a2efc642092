// Keys that occur twice in a scanner's JSON: decoders take one of them, and an attacker may have written the other.
// Must not be asked about what is no JSON: a decoder has taken it before.

import Foundation

enum RepeatedKey {
    /// The first key that stands twice in one object: a top-level one that is read, or any within its value.
    static func first(in json: some Sequence<UInt8>, of read: Set<String>) -> String? {
        var walker = Walker(read: read)
        for octet in json {
            if let key = walker.take(octet) { return key }
        }
        return nil
    }

    /// Sees keys go by; all else is only skipped.
    private struct Walker {
        let read: Set<String>
        /// The keys of each object that is open; nil for a list.
        private var open: [Set<String>?] = []
        /// The string that is open or was last, as it is written, without its quotes.
        private var string: [UInt8] = []
        private var isInString = false
        private var isEscaped = false
        /// Whether what comes belongs to a key that is read.
        private var counts = true

        init(read: Set<String>) { self.read = read }

        /// A key that stands here for the second time.
        mutating func take(_ octet: UInt8) -> String? {
            if isInString {
                takeInString(octet)
                return nil
            }
            switch octet {
            case UInt8(ascii: "\""): (isInString, string) = (true, [])
            case UInt8(ascii: "{"): open.append([])
            case UInt8(ascii: "["): open.append(nil)
            case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = open.popLast()
            case UInt8(ascii: ":"): return takeKey()
            default: break
            }
            return nil
        }

        private mutating func takeInString(_ octet: UInt8) {
            if octet == UInt8(ascii: "\""), !isEscaped {
                isInString = false
            } else {
                string.append(octet)
                isEscaped = octet == UInt8(ascii: "\\") && !isEscaped
            }
        }

        private mutating func takeKey() -> String? {
            let key = plain(string)
            if open.count == 1 { counts = read.contains(key) }
            guard counts, let last = open.indices.last else { return nil }
            return open[last]?.insert(key).inserted == false ? key : nil
        }

        /// Without escapes: `\u0073core` is `score`.
        private func plain(_ key: [UInt8]) -> String {
            let quote = [UInt8(ascii: "\"")]
            guard key.contains(UInt8(ascii: "\\")),
                let text = try? JSONDecoder().decode(String.self, from: Data(quote + key + quote))
            else { return String(decoding: key, as: UTF8.self) }
            return text
        }
    }
}

extension JSONDecoder {
    /// What is wrong with a scanner's JSON.
    enum AnswerFault: Error, Equatable {
        /// It is no JSON object in UTF-8.
        case noJSON
        /// A key that has to be there.
        case missing(String)
        /// A key whose value can't be read.
        case unfit(String)
        /// Nobody knows which one is meant.
        case repeatedKey(String)
    }

    /// What a scanner answered.
    ///
    /// - Parameter read: the top-level keys that are looked at
    static func answer<Reply: Decodable>(
        _ type: Reply.Type,
        _ octets: some Collection<UInt8>,
        read: Set<String>
    ) throws(AnswerFault) -> Reply {
        // A zero is in no JSON, but in one of UTF-16, which the decoder would take, too.
        guard !octets.contains(0) else { throw .noJSON }
        let reply: Reply
        do {
            reply = try JSONDecoder().decode(type, from: Data(octets))
        } catch {
            throw AnswerFault(error)
        }
        if let key = RepeatedKey.first(in: octets, of: read) { throw .repeatedKey(key) }
        return reply
    }
}

extension JSONDecoder.AnswerFault {
    fileprivate init(_ error: any Error) {
        self =
            switch error {
            case DecodingError.keyNotFound(let key, let context):
                .missing(context.codingPath.first?.stringValue ?? key.stringValue)
            case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
                DecodingError.dataCorrupted(let context):
                context.codingPath.first.map { .unfit($0.stringValue) } ?? .noJSON
            default: .noJSON
            }
    }
}
