export { handleActionApproved, handleActionExecuted, handleActionProposed } from "./supervisionGroup";
