output "role_arns" {
  description = "Function -> ARN of its role; and `schedule`."
  value       = merge({ for name, role in module.role : name => role.arn }, { schedule = module.schedule_role.arn })
}

output "needs" {
  description = "Every role's statements with their reasons, for the documentation."
  value       = concat([for role in module.role : role.needs], [module.schedule_role.needs])
}
