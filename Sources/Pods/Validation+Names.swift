import Kubernetes

extension Validation {
    static let labelRule = """
        a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end \
        with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
        '[a-z0-9]([-a-z0-9]*[a-z0-9])?')
        """
    static let subdomainRule = """
        a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start \
        and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
        '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')
        """
    static let labelValueRule = """
        a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start \
        and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation \
        is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')
        """
    static let nameRule = """
        name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
        alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
        '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')
        """
    static let addressRule = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"

    mutating func dnsLabel(_ name: String, _ path: FieldPath) {
        if name.utf8.count > 63 { invalid(path, name, "must be no more than 63 characters") }
        if !Self.isLabel(name) { invalid(path, name, Self.labelRule) }
    }

    mutating func dnsSubdomain(_ name: String, _ path: FieldPath) {
        if name.utf8.count > 253 { invalid(path, name, "must be no more than 253 characters") }
        if !Self.isSubdomain(name) { invalid(path, name, Self.subdomainRule) }
    }

    /// `prefix/name`, as the keys of labels, annotations and resources are.
    mutating func label(_ key: String, _ value: String, _ path: FieldPath) {
        labelKey(key, path)
        let isValid = value.utf8.count <= 63 && (value.isEmpty || Self.isQualified(value))
        if !isValid { invalid(path, value, Self.labelValueRule) }
    }

    mutating func labelKey(_ key: String, _ path: FieldPath) {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        let prefixIsValid = parts.count == 1 || parts.count == 2 && Self.isSubdomain(String(parts[0]))
        guard prefixIsValid, let name = parts.last, name.utf8.count <= 63, Self.isQualified(String(name)) else {
            return invalid(path, key, Self.nameRule)
        }
    }

    static func isLabel(_ text: some StringProtocol) -> Bool {
        let name = Substring(text)
        func isAlphanumeric(_ byte: UInt8?) -> Bool {
            byte.map { (97...122).contains($0) || (48...57).contains($0) } ?? false
        }
        return isAlphanumeric(name.utf8.first) && isAlphanumeric(name.utf8.last)
            && name.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    static func isSubdomain(_ name: String) -> Bool {
        name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isLabel($0) }
    }

    static func isQualified(_ name: String) -> Bool {
        func isAlphanumeric(_ byte: UInt8?) -> Bool {
            byte.map { (97...122).contains($0 | 0x20) || (48...57).contains($0) } ?? false
        }
        return isAlphanumeric(name.utf8.first) && isAlphanumeric(name.utf8.last)
            && name.utf8.allSatisfy { isAlphanumeric($0) || "-_.".utf8.contains($0) }
    }
}
