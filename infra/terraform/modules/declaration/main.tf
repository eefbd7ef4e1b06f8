# pipeline.yml, decoded first and substituted after. The decoded values are written as JSON, where a placeholder still
# reads "${name}" and can only stand inside a string; it is replaced by the value as JSON spells it, so no value can
# change the structure. Everything stays known while planning.
locals {
  decoded = yamldecode(file(var.file))
  bare    = can(local.decoded.stages) ? local.decoded : local.decoded.pipeline

  escaped = { for name, value in var.names : format("$%s", "{${name}}") => trimsuffix(trimprefix(jsonencode(value), "\""), "\"") }
  pieces  = regexall("[$][{][a-z][a-z0-9_]*[}]|[^$]+|[$]", jsonencode(local.bare))
  filled  = join("", [for piece in local.pieces : lookup(local.escaped, piece, piece)])

  pipeline = jsondecode(local.filled)

  # A placeholder nobody knows is left as it stands; a precondition of the output names it. A value is not looked at again.
  unknown = distinct([for piece in local.pieces : piece if startswith(piece, "$") && length(piece) > 1 && !contains(keys(local.escaped), piece)])
}
